<?php

declare(strict_types=1);

use App\Greeting;

require __DIR__ . '/../vendor/autoload.php';

header('Content-Type: text/plain; charset=utf-8');
echo (new Greeting($_GET['name'] ?? 'žofie'))->text(), "\n";
