<?php

// Laravel's own worker statements and nothing else: pops jobs and deletes them until its input is closed and nothing is
// left. Each line of output is a JSON object: {"ready":true}, {"popped":uuid} once the job is deleted, {"error":text} for
// whatever was thrown, which Laravel would let its worker see.

require 'Illuminate/Queue/autoload.php';
require 'Illuminate/Database/autoload.php';

use Illuminate\Container\Container;
use Illuminate\Database\Capsule\Manager;
use Illuminate\Queue\DatabaseQueue;

$settings = json_decode($argv[1], true);
$capsule = new Manager();
$capsule->addConnection([
    'driver' => 'mysql',
    'charset' => 'utf8mb4',
    'collation' => 'utf8mb4_unicode_ci',
    'prefix' => '',
    'strict' => true,
    'username' => $settings['user'],
] + $settings);
$queue = new DatabaseQueue($capsule->getConnection(), 'jobs', 'default', 90);
$queue->setContainer(new Container());
$queue->setConnectionName('database');

function tell(array $line): void
{
    fwrite(STDOUT, json_encode($line, JSON_INVALID_UTF8_SUBSTITUTE)."\n");
}

$capsule->getConnection()->select('select 1');
tell(['ready' => true]);
fgets(STDIN);
stream_set_blocking(STDIN, false);

// Whatever becomes of the test that started it, it ends.
$endAt = time() + 120;
while (time() < $endAt) {
    try {
        $job = $queue->pop('default');
        if ($job !== null) {
            $job->delete();
            tell(['popped' => $job->uuid()]);
            continue;
        }
    } catch (Throwable $error) {
        tell(['error' => get_class($error).': '.$error->getMessage()]);
        continue;
    }
    fgets(STDIN);
    if (feof(STDIN)) {
        break;
    }
    usleep(2000);
}
