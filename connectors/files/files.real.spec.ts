import { testConnector } from '#connector-sdk/testing';
import { jest } from '@jest/globals';
import { lineTo } from '../../test/harness/line.js';
import { RemoteFolder, sftpAddress } from '../../test/harness/remote-folder.js';

const line = await lineTo(sftpAddress, 'tcp');

// A handshake per connection costs much of a busy machine's second.
jest.setTimeout(120_000);

testConnector({
  name: 'files: JSON Lines drops on an SFTP server',
  entity: 'product',
  capabilities: { changes: 'feed', precondition: 'none', deleteEvents: true, digest: false },
  line: line.faults,
  setUp: () => RemoteFolder.create(line.url.port),
});
