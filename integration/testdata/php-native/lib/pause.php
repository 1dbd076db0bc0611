<?php

function pause(int $seconds): void
{
    sleep($seconds);
}
