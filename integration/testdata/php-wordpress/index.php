<?php

require __DIR__ . '/wp-load.php';

echo 'page ', $_SERVER['REQUEST_URI'], ' of ', $wp_version, ', ', DB_NAME, ', mysqli ', extension_loaded('mysqli') ? 'there' : 'missing', "\n";
