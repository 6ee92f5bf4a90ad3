// One JSON line per golden record. Jars: org.apache.kafka:kafka-clients, org.apache.avro:avro and what they need.
import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.*;
import org.apache.avro.*;
import org.apache.avro.generic.*;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.*;

public class Consume {
  static final Map<String, String> ENV = System.getenv();
  static final ObjectMapper JSON = new ObjectMapper();
  static final Map<Integer, Schema> SCHEMAS = new HashMap<>();

  public static void main(String[] args) throws Exception {
    var settings = Map.<String, Object>of("bootstrap.servers", ENV.get("KAFKA_BROKERS"),
        "group.id", ENV.getOrDefault("GROUP_ID", "my-team"), "auto.offset.reset", "earliest");
    try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
      consumer.subscribe(List.of(ENV.getOrDefault("TOPIC", "golden.product.v1")));
      while (true) for (var message : consumer.poll(Duration.ofSeconds(1))) print(message.key(), message.value());
    }
  }

  static void print(String key, byte[] value) throws Exception {
    var line = new LinkedHashMap<String, Object>(Map.of("key", key));
    if (value == null) line.put("status", "erased");
    else {
      var golden = decode(ByteBuffer.wrap(value));
      line.put("version", golden.get("version"));
      line.put("status", golden.get("status").toString());
      var fields = new TreeMap<String, Object>(); // a field not in `present` is absent; one in it that is null is empty
      for (var field : (List<?>) golden.get("present")) {
        var name = ((GenericRecord) field).get("name").toString();
        fields.put(name, toJson(golden.get(name)));
      }
      line.put("fields", fields);
    }
    System.out.println(JSON.writeValueAsString(line));
  }

  static GenericRecord decode(ByteBuffer value) throws Exception { // a zero, the schema's id in four bytes, Avro
    value.get();
    var id = value.getInt();
    if (!SCHEMAS.containsKey(id)) {
      var uri = URI.create(ENV.get("REGISTRY_URL") + "/schemas/ids/" + id);
      var answer = HttpClient.newHttpClient().send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body();
      SCHEMAS.put(id, new Schema.Parser().parse(JSON.readTree(answer).get("schema").asText()));
    }
    var data = new GenericData();
    data.addLogicalTypeConversion(new Conversions.DecimalConversion());
    var decoder = DecoderFactory.get().binaryDecoder(value.array(), value.position(), value.remaining(), null);
    return new GenericDatumReader<GenericRecord>(SCHEMAS.get(id), SCHEMAS.get(id), data).read(null, decoder);
  }

  static Object toJson(Object value) {
    if (value instanceof BigDecimal decimal) return decimal.toPlainString();
    if (!(value instanceof Map<?, ?> texts)) return value instanceof CharSequence ? value.toString() : value;
    var copy = new TreeMap<String, String>();
    texts.forEach((locale, text) -> copy.put(locale.toString(), text.toString()));
    return copy;
  }
}
