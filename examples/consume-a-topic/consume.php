<?php
// One JSON line per golden record. Extensions rdkafka and gmp; composer require apache/avro:^1.11 (no logical types: decimals are bytes).
// Shown, not run in our CI, which has no PHP: tell us what your version makes of it.
require 'vendor/autoload.php';

use Apache\Avro\Datum\{AvroIOBinaryDecoder, AvroIODatumReader};
use Apache\Avro\IO\AvroStringIO;
use Apache\Avro\Schema\AvroSchema;

$conf = new RdKafka\Conf();
$conf->set('bootstrap.servers', getenv('KAFKA_BROKERS'));
$conf->set('group.id', getenv('GROUP_ID') ?: 'my-team');
$conf->set('auto.offset.reset', 'earliest');
$consumer = new RdKafka\KafkaConsumer($conf);
$consumer->subscribe([getenv('TOPIC') ?: 'golden.product.v1']);

function decode(string $value): array { // a zero, the schema's id in four bytes, Avro
    static $schemas = [];
    $id = unpack('N', $value, 1)[1];
    $schemas[$id] ??= AvroSchema::parse(json_decode(file_get_contents(getenv('REGISTRY_URL') . "/schemas/ids/$id"))->schema);
    return (new AvroIODatumReader($schemas[$id]))->read(new AvroIOBinaryDecoder(new AvroStringIO(substr($value, 5))));
}

function decimal(string $bytes, int $scale = 4): string { // two's complement, most significant byte first
    $number = gmp_import($bytes === '' ? "\0" : $bytes);
    if ($bytes !== '' && ord($bytes[0]) > 127) $number -= gmp_pow(2, 8 * strlen($bytes));
    $digits = str_pad(gmp_strval(gmp_abs($number)), $scale + 1, '0', STR_PAD_LEFT);
    return (gmp_sign($number) < 0 ? '-' : '') . substr($digits, 0, -$scale) . '.' . substr($digits, -$scale);
}

while (true) {
    $message = $consumer->consume(1000);
    if ($message->err !== RD_KAFKA_RESP_ERR_NO_ERROR) continue; // nothing new, or the end of a partition
    $line = ['key' => $message->key, 'status' => 'erased'];
    if ($message->payload !== null) {
        $record = decode($message->payload); // a field not in `present` is absent; one in it that is null is empty
        $fields = [];
        foreach (array_column($record['present'], 'name') as $name) $fields[$name] = $record[$name];
        if (isset($fields['weight'])) $fields['weight'] = decimal($fields['weight']);
        $line = ['key' => $record['key'], 'version' => $record['version'], 'status' => $record['status'], 'fields' => (object) $fields];
    }
    echo json_encode($line, JSON_UNESCAPED_UNICODE), "\n";
}
