<?php

// Draws a picture and counts visits: gd and pdo_sqlite are not part of PHP itself.
require __DIR__ . '/../lib/pause.php';

$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if ($path === '/picture') {
    $image = imagecreatetruecolor(40, 10);
    imagestring($image, 2, 0, 0, 'PHP', imagecolorallocate($image, 255, 255, 255));
    header('Content-Type: image/png');
    imagepng($image);
    return;
}
if ($path === '/slow') {
    file_put_contents('php://stderr', "a slow visit begins\n");
    pause(2);
    echo "slow and whole\n";
    return;
}
if ($path === '/session') {
    session_start();
    $_SESSION['n'] = ($_SESSION['n'] ?? 0) + 1;
    echo 'session ', $_SESSION['n'], ' in ', session_save_path(), "\n";
    return;
}
if ($path === '/upload') {
    echo 'got ', $_FILES['file']['size'] ?? 0, ' bytes', "\n";
    return;
}
$db = new PDO('sqlite:/tmp/visits.db');
$db->exec('CREATE TABLE IF NOT EXISTS visits (at INTEGER)');
$db->exec('INSERT INTO visits VALUES (1)');
error_log('a visit');
echo 'visits ', $db->query('SELECT count(*) FROM visits')->fetchColumn() > 0 ? 'counted' : 'lost',
    ', opcache ', opcache_get_status(false)['opcache_enabled'] ? 'on' : 'off', "\n";
