import { afterAll, beforeAll } from 'vitest';
import { connect } from '../../src/cluster/client.ts';
import { loadCredentials } from '../../src/cluster/credentials.ts';
import { type ApiWorld, apiContract } from './api.contract.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { succeed } from './kubelet-configs.ts';
import { describeCluster } from './tier.ts';
import { widgetsCrd } from './widgets.ts';

describeCluster('the client and a real API server', () => {
  let plane: ControlPlane;
  let world: ApiWorld;

  beforeAll(async () => {
    plane = await startControlPlane();
    await succeed(plane, ['apply', '-f', '-'], JSON.stringify(widgetsCrd));
    await succeed(plane, ['wait', '--for=condition=Established', `crd/${widgetsCrd.metadata.name}`, '--timeout=60s']);
    await succeed(plane, ['get', 'widgets']);
    const credentials = loadCredentials({ kubeconfig: plane.kubeconfig, environment: {} });
    world = {
      api: connect(credentials, { userAgent: 'contract', pageSize: 3 }),
      username: 'admin',
      // The server sends a bookmark two seconds before the end of a watch.
      bookmarkSeconds: 5,
      // Older than the server's watch cache.
      tooOld: () => '1',
    };
  });
  afterAll(() => plane?.stop());

  apiContract(() => world);
});
