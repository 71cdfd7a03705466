<?php

// Jobs of six shapes, as an application has them. Each tells what it was given when it runs.

namespace App\Enums;

enum Perfil: int
{
    case Tienda = 17;
    case Distribuidor = 3;
}

namespace App\Jobs;

use App\Enums\Perfil;
use DateTimeImmutable;
use Illuminate\Bus\Batchable;
use Illuminate\Bus\Queueable;
use Illuminate\Contracts\Queue\ShouldBeEncrypted;
use Illuminate\Contracts\Queue\ShouldBeUnique;
use Illuminate\Contracts\Queue\ShouldQueue;
use Illuminate\Queue\InteractsWithQueue;
use Illuminate\Queue\Middleware\WithoutOverlapping;
use Illuminate\Queue\SerializesModels;
use stdClass;

/** What a job was given, as one line of JSON on standard output. */
function tell(string $job, array $given): void
{
    $line = json_encode(['job' => $job, 'given' => $given], JSON_PRESERVE_ZERO_FRACTION | JSON_THROW_ON_ERROR);
    fwrite(STDOUT, "$line\n");
}

final class CopyProductsToClientJob implements ShouldQueue
{
    use InteractsWithQueue, Queueable, SerializesModels;

    public $timeout = 600;
    public $companyId;
    public $tenantId = null;

    public function __construct($companyId, $tenantId = null)
    {
        $this->companyId = $companyId;
        $this->tenantId = $tenantId;
    }

    public function handle(): void
    {
        tell(self::class, ['companyId' => $this->companyId, 'tenantId' => $this->tenantId]);
    }
}

final class HiddenJob implements ShouldQueue
{
    use Queueable, SerializesModels;

    public $tries = 3;
    public $backoff = [10, 60];
    protected $companyId;
    private $options;

    public function __construct($companyId, array $options)
    {
        $this->companyId = $companyId;
        $this->options = $options;
    }

    public function handle(): void
    {
        tell(self::class, ['companyId' => $this->companyId, 'options' => $this->options]);
    }
}

final class RichJob implements ShouldQueue
{
    use Queueable, SerializesModels;

    public function __construct(
        public ?string $nothing,
        public float $amount,
        public bool $flag,
        public array $nested,
        public Perfil $perfil,
        public DateTimeImmutable $when,
        public string $text,
        public stdClass $dto,
    ) {
    }

    public function handle(): void
    {
        tell(self::class, [
            'nothing' => $this->nothing,
            'amount' => $this->amount,
            'flag' => $this->flag,
            'nested' => $this->nested,
            'perfil' => ['enum' => Perfil::class, 'case' => $this->perfil->name],
            'when' => [
                'date' => $this->when->format('Y-m-d H:i:s.u'),
                'timezone' => $this->when->getTimezone()->getName(),
            ],
            'text' => $this->text,
            'dto' => (array) $this->dto,
        ]);
    }
}

final class SecretJob implements ShouldQueue, ShouldBeEncrypted
{
    use Queueable, SerializesModels;

    public function __construct(public string $secret)
    {
    }

    public function handle(): void
    {
        tell(self::class, ['secret' => $this->secret]);
    }
}

/** Without SerializesModels PHP writes every property. */
final class PlainJob implements ShouldQueue
{
    use Queueable;

    public $id;
    public $opts = [];

    public function __construct($id)
    {
        $this->id = $id;
    }

    public function handle(): void
    {
        tell(self::class, ['id' => $this->id, 'opts' => $this->opts]);
    }
}

final class UniqueJob implements ShouldQueue, ShouldBeUnique
{
    use Queueable, SerializesModels;

    public $uniqueFor = 3600;

    public function __construct(public int $id)
    {
    }

    public function uniqueId(): string
    {
        return (string) $this->id;
    }

    public function handle(): void
    {
        tell(self::class, ['id' => $this->id]);
    }
}

/** Fails for as long as its data says so. */
final class FailingJob implements ShouldQueue
{
    use Queueable, SerializesModels;

    public function __construct(public string $text)
    {
    }

    public function handle(): void
    {
        if (getenv('JOBS_FAIL')) {
            throw new \RuntimeException("No se pudo: {$this->text}");
        }
        tell(self::class, ['text' => $this->text]);
    }
}

/** A step of a chain or a member of a batch. */
final class StepJob implements ShouldQueue
{
    use Batchable, InteractsWithQueue, Queueable, SerializesModels;

    public $tries = 3;

    public function __construct(public string $name)
    {
    }

    public function handle(): void
    {
        tell(self::class, ['name' => $this->name]);
    }
}

/** A member of a batch that always fails. */
final class BatchedFailure implements ShouldQueue
{
    use Batchable, InteractsWithQueue, Queueable, SerializesModels;

    public function handle(): void
    {
        throw new \RuntimeException('no');
    }
}

/** A step that only PHP knows. */
final class PhpStepJob implements ShouldQueue
{
    use InteractsWithQueue, Queueable;

    public $tries = 7;
    public $name;

    public function __construct($name)
    {
        $this->name = $name;
    }

    public function handle(): void
    {
        tell(self::class, ['name' => $this->name]);
    }
}

/** Does not run beside another with its key. */
final class AloneJob implements ShouldQueue
{
    use InteractsWithQueue, Queueable, SerializesModels;

    public $tries = 0;

    public function __construct(public string $key)
    {
    }

    public function middleware(): array
    {
        return [(new WithoutOverlapping($this->key))->releaseAfter(60)];
    }

    public function handle(): void
    {
        tell(self::class, ['key' => $this->key]);
        if (getenv('JOBS_WAIT')) {
            fgets(STDIN);
        }
    }
}

/** The handler of string jobs. */
final class Report
{
    public function fire($job, array $data): void
    {
        tell('App\\Jobs\\Report@fire', $data);
        $job->delete();
    }
}
