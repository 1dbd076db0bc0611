<?php

if ($_SERVER['REQUEST_URI'] === '/slow') {
    file_put_contents('php://stderr', "a slow visit begins\n");
    sleep(3);
    echo "slow and whole\n";
    return;
}
header('Last-Modified: Mon, 02 Nov 2026 00:00:00 GMT');
echo PHP_SAPI, ' ', $_SERVER['REQUEST_URI'], ' ', $_SERVER['HTTP_AUTHORIZATION'] ?? 'nobody', "\n";
