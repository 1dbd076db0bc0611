<?php
// Prints PHP's version, and which constraints it satisfies, and which the other versions would. Arguments: these versions,
// separated by commas, and the constraints.
$answers = ['Version' => PHP_VERSION, 'Satisfied' => new stdClass, 'Unreadable' => new stdClass];
if ($argc > 2) {
    require '/usr/share/php/Composer/Semver/autoload.php';
}
foreach (array_filter([PHP_VERSION, ...explode(',', $argv[1])]) as $version) {
    $satisfied = $answers['Satisfied']->$version = new stdClass;
    foreach (array_slice($argv, 2) as $constraint) {
        try {
            $satisfied->$constraint = Composer\Semver\Semver::satisfies($version, $constraint);
        } catch (UnexpectedValueException $e) {
            $answers['Unreadable']->$constraint = $e->getMessage();
        }
    }
}
echo json_encode($answers);
