"""One JSON line per golden record. pip install confluent-kafka fastavro"""
import io, json, os, urllib.request
from decimal import Decimal
import confluent_kafka, fastavro

settings = {"bootstrap.servers": os.environ["KAFKA_BROKERS"], "group.id": os.environ.get("GROUP_ID", "my-team")}
consumer = confluent_kafka.Consumer({**settings, "auto.offset.reset": "earliest"})
consumer.subscribe([os.environ.get("TOPIC", "golden.product.v1")])
schemas = {}

def decode(value):  # a zero, the schema's id in four bytes, Avro
    schema_id = int.from_bytes(value[1:5], "big")
    if schema_id not in schemas:
        with urllib.request.urlopen(f"{os.environ['REGISTRY_URL']}/schemas/ids/{schema_id}") as answer:
            schemas[schema_id] = fastavro.parse_schema(json.loads(json.load(answer)["schema"]))
    return fastavro.schemaless_reader(io.BytesIO(value[5:]), schemas[schema_id])

while True:
    message = consumer.poll(1.0)
    if message is None:
        continue
    if message.error():
        raise confluent_kafka.KafkaException(message.error())
    line = {"key": message.key().decode(), "status": "erased"}
    if message.value() is not None:
        record = decode(message.value())  # a field not in `present` is absent; one in it that is None is empty
        fields = {field["name"]: record[field["name"]] for field in record["present"]}
        line = {"key": record["key"], "version": record["version"], "status": record["status"], "fields": fields}
    print(json.dumps(line, default=lambda value: format(value, "f") if isinstance(value, Decimal) else str(value)), flush=True)
