<?php

define('DB_NAME', getenv('DB_NAME') ?: 'none');
