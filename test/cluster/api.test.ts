import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { connect } from '../../src/cluster/client.ts';
import { loadCredentials } from '../../src/cluster/credentials.ts';
import { type ApiServerDouble, startApiServer } from '../fakes/api-server/server.ts';
import { type ApiWorld, apiContract } from './api.contract.ts';
import { widgetsCrd } from './widgets.ts';

describe('the client and the double', () => {
  let server: ApiServerDouble;
  let directory: string;
  let world: ApiWorld;

  beforeAll(async () => {
    server = await startApiServer({ crds: [widgetsCrd], bookmarkMilliseconds: 200 });
    directory = await mkdtemp(join(tmpdir(), 'api-'));
    const kubeconfig = join(directory, 'kubeconfig');
    writeFileSync(kubeconfig, server.kubeconfig());
    const credentials = loadCredentials({ kubeconfig, environment: {} });
    world = {
      api: connect(credentials, { userAgent: 'contract', pageSize: 3 }),
      username: 'admin',
      bookmarkSeconds: 1,
      tooOld: () => {
        server.compact();
        return '1';
      },
    };
  });
  afterAll(async () => {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  });

  apiContract(() => world);
});
