<?php

echo 'cron on ', PHP_SAPI, ', zip ', extension_loaded('zip') ? 'there' : 'missing', "\n";
