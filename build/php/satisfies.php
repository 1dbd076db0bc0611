<?php
// Prints PHP's version, and which of the constraints in the arguments it satisfies.
$answers = ['Version' => PHP_VERSION, 'Satisfied' => new stdClass, 'Unreadable' => new stdClass];
if ($argc > 1) {
    require '/usr/share/php/Composer/Semver/autoload.php';
}
foreach (array_slice($argv, 1) as $constraint) {
    try {
        $answers['Satisfied']->$constraint = Composer\Semver\Semver::satisfies(PHP_VERSION, $constraint);
    } catch (UnexpectedValueException $e) {
        $answers['Unreadable']->$constraint = $e->getMessage();
    }
}
echo json_encode($answers);
