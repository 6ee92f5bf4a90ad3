import { Controller, Module, type INestMicroservice, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, Payload, Transport, type MicroserviceOptions } from '@nestjs/microservices';
import type { AvroCodec } from '#messaging-kafka';
import type { ConsumerSettings } from './contestant.js';
import type { Tally } from './tally.js';

/** Nest's own Kafka transport, unmodified; its handler decodes each value with our codec. It keeps no positions. */
export async function startStockConsumer(
  { brokers, topic, groupId }: ConsumerSettings,
  codec: AvroCodec,
  tally: Tally,
): Promise<INestMicroservice> {
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(moduleOf(topic, codec, tally), {
    logger: ['error', 'warn'],
    transport: Transport.KAFKA,
    options: {
      client: { clientId: 'bench-stock', brokers: [...brokers] },
      consumer: { groupId, allowAutoTopicCreation: false },
      subscribe: { fromBeginning: true },
      parser: { keepBinary: true },
    },
  });
  await app.listen();
  return app;
}

function moduleOf(topic: string, codec: AvroCodec, tally: Tally): Type {
  @Controller()
  class StockController {
    @EventPattern(topic)
    onMessage(@Payload() value: object): void {
      // keepBinary: it is the message's Buffer
      tally.take(codec.decode(value as Buffer).record);
    }
  }
  @Module({ controllers: [StockController] })
  class StockModule {}
  return StockModule;
}
