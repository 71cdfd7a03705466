<?php

// Laravel's database queue as Debian packages it, without the framework around it: the same Worker loop that
// `queue:work` runs, on a string job that does nothing. Prints the milliseconds from the first job's start to the last
// job's end.

require_once 'Illuminate/Queue/autoload.php';
require_once 'Illuminate/Events/autoload.php';
require_once 'Illuminate/Database/autoload.php';
require_once 'Illuminate/Bus/autoload.php';

use Illuminate\Container\Container;
use Illuminate\Contracts\Debug\ExceptionHandler;
use Illuminate\Database\Capsule\Manager as Database;
use Illuminate\Events\Dispatcher;
use Illuminate\Queue\Capsule\Manager as Queue;
use Illuminate\Queue\Events\JobProcessed;
use Illuminate\Queue\Worker;
use Illuminate\Queue\WorkerOptions;

final class NoOp
{
    public static ?int $startedAt = null;

    public function fire($job, $data): void
    {
        self::$startedAt ??= hrtime(true);
        $job->delete();
    }
}

final class LoudExceptions implements ExceptionHandler
{
    public function report(Throwable $e)
    {
        throw $e;
    }

    public function shouldReport(Throwable $e)
    {
        return true;
    }

    public function render($request, Throwable $e)
    {
        throw $e;
    }

    public function renderForConsole($output, Throwable $e)
    {
        throw $e;
    }
}

$task = json_decode($argv[1], true, 512, JSON_THROW_ON_ERROR);
$container = new Container();
Container::setInstance($container);
$events = new Dispatcher($container);
$container->instance('events', $events);

$database = new Database($container);
$database->addConnection([
    'driver' => 'mysql',
    'host' => $task['server']['host'],
    'port' => $task['server']['port'],
    'database' => $task['server']['database'],
    'username' => $task['server']['user'],
    'password' => $task['server']['password'],
    'charset' => 'utf8mb4',
    'collation' => 'utf8mb4_unicode_ci',
]);
$container->instance('db', $database->getDatabaseManager());

$queue = new Queue($container);
$queue->addConnection(['driver' => 'database', 'table' => 'jobs', 'queue' => 'default', 'retry_after' => 3600]);

if ($task['task'] === 'fill') {
    for ($left = $task['count']; $left > 0; $left -= 500) {
        $queue->getConnection()->bulk(array_fill(0, min(500, $left), 'NoOp'), $task['data']);
    }
    echo 0;
} else {
    $done = 0;
    $endedAt = 0;
    $events->listen(JobProcessed::class, function () use (&$done, &$endedAt) {
        $done++;
        $endedAt = hrtime(true);
    });
    $worker = new Worker($queue->getQueueManager(), $events, new LoudExceptions(), fn () => false);
    // What `queue:work --stop-when-empty` passes.
    $worker->daemon('default', 'default', new WorkerOptions('default', 0, 128, 60, 3, 1, false, true));
    if ($done !== $task['count']) {
        throw new RuntimeException("Only $done of {$task['count']} jobs were done.");
    }
    // The worker sleeps once more before it believes that the queue is empty, which is no work.
    echo ($endedAt - NoOp::$startedAt) / 1e6;
}
