<?php

namespace Tests;

final class GreetingTest
{
}
