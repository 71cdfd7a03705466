<?php

// Laravel's own commands: php artisan.php CONNECTION COMMAND …; and `dispatch COUNT`, which dispatches so many jobs of each
// shape.

require __DIR__.'/application.php';

use App\Enums\Perfil;
use App\Jobs\AloneJob;
use App\Jobs\CopyProductsToClientJob;
use App\Jobs\FailingJob;
use App\Jobs\HiddenJob;
use App\Jobs\PhpStepJob;
use App\Jobs\PlainJob;
use App\Jobs\RichJob;
use App\Jobs\SecretJob;
use App\Jobs\StepJob;
use App\Jobs\UniqueJob;
use Illuminate\Console\Application as Artisan;
use Illuminate\Contracts\Bus\Dispatcher;
use Illuminate\Contracts\Cache\Repository;
use Illuminate\Contracts\Debug\ExceptionHandler;
use Illuminate\Queue\Console\ListFailedCommand;
use Illuminate\Queue\Console\RestartCommand;
use Illuminate\Queue\Console\RetryCommand;
use Illuminate\Queue\Console\WorkCommand;
use Illuminate\Queue\Worker;

$settings = json_decode($argv[1], true, 512, JSON_THROW_ON_ERROR);
$app = laravelApplication($settings);

if ($argv[2] === 'dispatch') {
    $bus = $app->make(Dispatcher::class);
    for ($n = 1; $n <= (int) $argv[3]; $n++) {
        $bus->dispatch(new CopyProductsToClientJob($n, $n % 2 ? "tienda-$n" : null));
        $bus->dispatch(new HiddenJob($n, ['modo' => 'completo', 'límite' => [1, 2.5, $n]]));
        $bus->dispatch(new RichJob(
            null,
            $n + 0.5,
            $n % 2 === 0,
            ['a' => [1, ['b' => null]], 'ñ' => 'á', '7' => 'siete'],
            Perfil::Tienda,
            new DateTimeImmutable('2026-11-23 10:30:00.5', new DateTimeZone('America/Bogota')),
            "Tienda \"Doña Rosa\" <$n> \\ \n 🛒",
            (object) ['sku' => '770', 'qty' => $n],
        ));
        $bus->dispatch(new SecretJob("clave-$n"));
        $bus->dispatch(new PlainJob($n));
        $app['queue']->push('App\\Jobs\\Report', ['companyId' => $n, 'nombre' => 'Tienda Ñandú']);
    }
    exit(0);
}
if ($argv[2] === 'dispatch:failing') {
    $app->make(Dispatcher::class)->dispatch(new FailingJob($argv[3]));
    exit(0);
}
if ($argv[2] === 'dispatch:unique') {
    // As the helper `dispatch()` does it, which is not in these packages.
    $job = new UniqueJob((int) $argv[3]);
    $isFree = (new Illuminate\Bus\UniqueLock($app->make(Repository::class)))->acquire($job);
    if ($isFree) {
        $app->make(Dispatcher::class)->dispatch($job);
    }
    echo $isFree ? "dispatched\n" : "refused\n";
    exit(0);
}

if ($argv[2] === 'dispatch:reports') {
    for ($n = (int) $argv[3]; $n < (int) $argv[4]; $n++) {
        $app['queue']->push('App\\Jobs\\Report', ['n' => $n]);
    }
    exit(0);
}
if ($argv[2] === 'dispatch:chain') {
    // Names of steps; one that begins with `php` is of a class that only PHP knows.
    $steps = array_map(
        fn ($name) => str_starts_with($name, 'php') ? new PhpStepJob($name) : new StepJob($name),
        array_slice($argv, 3),
    );
    $first = array_shift($steps);
    $first->onQueue('default')->chain($steps)->allOnQueue('steps');
    $app->make(Dispatcher::class)->dispatch($first);
    exit(0);
}
if ($argv[2] === 'dispatch:batch') {
    $steps = array_map(fn ($name) => new StepJob($name), array_slice($argv, 4));
    $batch = $app->make(Illuminate\Bus\Dispatcher::class)->batch($steps)->name('steps');
    if ($argv[3] === 'allow') {
        $batch->allowFailures();
    }
    echo $batch->dispatch()->id, "\n";
    exit(0);
}
if ($argv[2] === 'dispatch:alone') {
    $app->make(Dispatcher::class)->dispatch(new AloneJob($argv[3]));
    exit(0);
}
if ($argv[2] === 'late') {
    // Takes a job, says so, and ends it when it is told to: after others may have taken it.
    $job = $app['queue']->connection()->pop();
    echo "taken\n";
    fgets(STDIN);
    $argv[3] === 'release' ? $job->release(0) : $job->delete();
    exit(0);
}

$artisan = new Artisan($app, $app['events'], '8.83');
$artisan->setAutoExit(true);
$worker = new Worker($app['queue'], $app['events'], $app->make(ExceptionHandler::class), fn () => false);
$artisan->add(new WorkCommand($worker, $app->make(Repository::class)));
$artisan->add(new RestartCommand($app->make(Repository::class)));
$artisan->add(new RetryCommand());
$artisan->add(new ListFailedCommand());
$artisan->run(new Symfony\Component\Console\Input\ArgvInput([$argv[0], ...array_slice($argv, 2)]));
