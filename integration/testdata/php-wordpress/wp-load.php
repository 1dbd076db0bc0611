<?php

require __DIR__ . '/wp-includes/version.php';
require __DIR__ . '/wp-config.php';
