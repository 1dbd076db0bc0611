<?php

declare(strict_types=1);

namespace App;

final class Greeting
{
    public function __construct(private string $name)
    {
    }

    public function text(): string
    {
        return sprintf('Hello from PHP %s, %s', PHP_VERSION, mb_convert_case($this->name, MB_CASE_TITLE));
    }
}
