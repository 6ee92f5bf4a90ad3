import { describe, expect, test } from '@jest/globals';

import { brokerProperties, proxyPorts } from './kafka.mjs';

const PORTS = { kafka: 20_001, kafkaController: 20_002 };

describe('a listener of Kafka behind a proxy', () => {
  test('is none unless the environment names its ports', () => {
    expect(proxyPorts({})).toBeNull();
    expect(brokerProperties(PORTS)).not.toContain('PROXIED');
  });

  test('listens at one port and tells its clients the other, and nobody else comes through it', () => {
    const properties = brokerProperties(PORTS, proxyPorts({ PLUMBLINE_KAFKA_PROXY: '20003:20004' }));
    expect(properties).toMatch(/^listeners=PLAINTEXT:.*:20001,CONTROLLER:.*:20002,PROXIED:\/\/127.0.0.1:20003$/m);
    expect(properties).toMatch(/^advertised.listeners=PLAINTEXT:.*:20001,PROXIED:\/\/127.0.0.1:20004$/m);
    expect(properties).toMatch(/^inter.broker.listener.name=PLAINTEXT$/m);
  });

  test.each(['20003', 'a:b', '20003:', '20003:20004:20005'])('is refused for %s', (text) => {
    expect(() => proxyPorts({ PLUMBLINE_KAFKA_PROXY: text })).toThrow('PLUMBLINE_KAFKA_PROXY');
  });
});
