<?php

namespace App;

final class Greeting
{
    public function text(): string
    {
        return 'Hello from a framework';
    }
}
