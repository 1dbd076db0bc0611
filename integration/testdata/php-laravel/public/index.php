<?php

require __DIR__ . '/../vendor/autoload.php';

(new Illuminate\Foundation\Application(dirname(__DIR__)))->handle($_SERVER['REQUEST_URI'], new App\Greeting());
