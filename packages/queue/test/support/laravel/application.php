<?php

// A Laravel application of Debian's packages, as small as its queue commands allow: container, database, queue, failed
// jobs, cache and encryption, with the job classes of `jobs.php`. `$argv[1]` is the connection as JSON.

foreach (['Queue', 'Database', 'Bus', 'Events', 'Encryption', 'Cache', 'Console', 'Pipeline'] as $part) {
    require_once "Illuminate/$part/autoload.php";
}
require_once __DIR__.'/jobs.php';

use Illuminate\Bus\BatchFactory;
use Illuminate\Bus\BatchRepository;
use Illuminate\Bus\DatabaseBatchRepository;
use Illuminate\Bus\Dispatcher as BusDispatcher;
use Illuminate\Cache\CacheManager;
use Illuminate\Container\Container;
use Illuminate\Contracts\Bus\Dispatcher as BusContract;
use Illuminate\Contracts\Cache\Repository as CacheContract;
use Illuminate\Contracts\Debug\ExceptionHandler;
use Illuminate\Contracts\Events\Dispatcher as EventsContract;
use Illuminate\Contracts\Queue\Factory as QueueContract;
use Illuminate\Database\Capsule\Manager as Database;
use Illuminate\Encryption\Encrypter;
use Illuminate\Events\Dispatcher;
use Illuminate\Queue\Capsule\Manager as Queue;
use Illuminate\Queue\Failed\DatabaseUuidFailedJobProvider;
use Illuminate\Support\Fluent;
use Illuminate\Support\Facades\Facade;

final class Application extends Container
{
    public function isDownForMaintenance(): bool
    {
        return false;
    }

    public function runningUnitTests(): bool
    {
        return false;
    }

    public function environment(...$names): bool
    {
        return false;
    }
}

final class QuietExceptions implements ExceptionHandler
{
    public function report(Throwable $e)
    {
    }

    public function shouldReport(Throwable $e)
    {
        return false;
    }

    public function render($request, Throwable $e)
    {
        throw $e;
    }

    public function renderForConsole($output, Throwable $e)
    {
        fwrite(STDERR, (string) $e);
    }
}

// The framework's helper, which these packages lack: a chain dispatches its next job with it.
function dispatch($job)
{
    return Container::getInstance()->make(BusContract::class)->dispatch($job);
}

function laravelApplication(array $settings): Application
{
    $app = new Application();
    Container::setInstance($app);
    Facade::setFacadeApplication($app);
    $app->instance(Container::class, $app);
    $app->instance(Illuminate\Contracts\Container\Container::class, $app);
    $app->instance('config', new Fluent([
        'queue.connections.database' => [
            'driver' => 'database', 'table' => 'jobs', 'queue' => 'default', 'retry_after' => 90,
        ],
        'queue.connections.database.queue' => 'default',
        'database.default' => 'default',
        'database.connections' => [],
        'cache.default' => 'database',
        'cache.stores.database' => ['driver' => 'database', 'table' => 'cache', 'lock_table' => 'cache_locks'],
        'cache.prefix' => 'laravel_cache',
    ]));
    $events = new Dispatcher($app);
    $app->instance('events', $events);
    $app->instance(EventsContract::class, $events);

    $database = new Database($app);
    $database->addConnection($settings);
    $database->setEventDispatcher($events);
    $app->instance('db', $database->getDatabaseManager());

    $encrypter = new Encrypter(str_repeat('k', 32), 'AES-256-CBC');
    $app->instance('encrypter', $encrypter);
    $app->instance(Illuminate\Contracts\Encryption\Encrypter::class, $encrypter);

    $cache = new CacheManager($app);
    $app->instance('cache', $cache);
    $app->instance(CacheContract::class, $cache->store());
    $app->instance('cache.store', $cache->store());

    $queue = new Queue($app);
    $app['config']['queue.default'] = 'database';
    $app->instance('queue', $queue->getQueueManager());
    $app->instance(QueueContract::class, $queue->getQueueManager());
    $app->instance(ExceptionHandler::class, new QuietExceptions());
    $bus = new BusDispatcher($app, fn ($connection = null) => $app['queue']->connection($connection));
    $app->instance(BusContract::class, $bus);
    $app->instance(BusDispatcher::class, $bus);
    $factory = new BatchFactory($app->make(QueueContract::class));
    $batches = new DatabaseBatchRepository($factory, $app['db']->connection(), 'job_batches');
    $app->instance(BatchRepository::class, $batches);
    $app->instance('queue.failer', new DatabaseUuidFailedJobProvider($app['db'], 'default', 'failed_jobs'));

    return $app;
}
