<?php

// The original application's way of copying, on the database library of Laravel as Debian packages it: all products at
// once, then for each of them four statements that are committed one by one. Prints what a contender answers.

require_once 'Illuminate/Database/autoload.php';
require_once 'Illuminate/Events/autoload.php';

use Illuminate\Container\Container;
use Illuminate\Database\Capsule\Manager as Database;

$task = json_decode($argv[1], true, 512, JSON_THROW_ON_ERROR);
$companyId = $task['companyId'];
$database = new Database(new Container());
foreach (['source', 'target'] as $end) {
    $database->addConnection([
        'driver' => 'mysql',
        'host' => $task[$end]['host'],
        'port' => $task[$end]['port'],
        'database' => $task[$end]['name'],
        'username' => $task[$end]['user'],
        'password' => $task[$end]['password'],
        'charset' => 'utf8mb4',
        'collation' => 'utf8mb4_unicode_ci',
    ], $end);
}
$source = $database->getConnection('source');
$target = $database->getConnection('target');
$source->select('select 1');
$target->select('select 1');

$startedAt = hrtime(true);
$items = $source->table('inv_items')
    ->leftJoin('inv_categories', 'inv_items.categoryId', '=', 'inv_categories.id')
    ->where('inv_items.status', 1)
    ->whereNull('inv_items.deleted_at')
    ->select('inv_items.*', 'inv_categories.name as category_name')
    ->get();
$categoryId = $target->table('tat_categories')->insertGetId([
    'company_id' => $companyId,
    'name' => 'TIENDA',
    'status' => 1,
    'created_at' => date('Y-m-d H:i:s'),
    'updated_at' => date('Y-m-d H:i:s'),
]);
foreach ($items as $item) {
    $isThere = $target->table('tat_items')
        ->where('item_father_id', $item->id)
        ->where('company_id', $companyId)
        ->exists();
    if ($isThere) {
        continue;
    }
    $image = $source->table('inv_image_gallery')
        ->where('itemId', $item->id)
        ->where('type', 'PRINCIPAL')
        ->whereNull('deleted_at')
        ->first();
    $value = $source->table('inv_values')
        ->where('itemId', $item->id)
        ->where('label', 'Precio Regular')
        ->orderBy('created_at', 'desc')
        ->first();
    $cost = (int) ($value->values ?? 0);
    // Written without the division by 0.7, and with the floor, so that every contender must come to the same sum.
    $price = 100 * intdiv(2 * $cost + 70, 140);
    $target->table('tat_items')->insert([
        'item_father_id' => $item->id,
        'company_id' => $companyId,
        'sku' => $item->sku,
        'name' => $item->name,
        'taxId' => $item->taxId,
        'categoryId' => $categoryId,
        'stock' => 0,
        'img_path' => $image->img_path ?? null,
        'cost' => $cost,
        'price' => $price >= $cost ? $price : 100 * intdiv($cost + 99, 100),
        'status' => 1,
        'created_at' => date('Y-m-d H:i:s'),
        'updated_at' => date('Y-m-d H:i:s'),
    ]);
}
$hasGeneric = $target->table('tat_items')->where('company_id', $companyId)->where('sku', 'GENERICO')->exists();
if (!$hasGeneric) {
    $target->table('tat_items')->insert([
        'item_father_id' => 0,
        'company_id' => $companyId,
        'sku' => 'GENERICO',
        'name' => 'PRODUCTO GENERICO',
        'taxId' => 2,
        'categoryId' => 1,
        'stock' => 999999,
        'cost' => 0,
        'price' => 0,
        'status' => 1,
        'created_at' => date('Y-m-d H:i:s'),
        'updated_at' => date('Y-m-d H:i:s'),
    ]);
}
echo json_encode([
    'milliseconds' => (hrtime(true) - $startedAt) / 1e6,
    'peakMegabytes' => getrusage()['ru_maxrss'] / 1024,
]);
