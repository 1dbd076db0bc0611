<?php

echo "login\n";
