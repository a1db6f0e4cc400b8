import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { describeCluster } from './tier.ts';

describeCluster('the control plane that tests start', () => {
  let plane: ControlPlane;
  beforeAll(async () => {
    plane = await startControlPlane();
  });
  afterAll(() => plane?.stop());

  it('serves its administrator and nobody else', async () => {
    expect(await plane.request('GET', '/readyz')).toEqual({ status: 200, body: 'ok' });
    const others = ['--as=system:node:worker', '--as-group=system:nodes', '--as-group=system:authenticated'];
    expect(await plane.kubectl(['get', 'nodes'])).toMatchObject({ exitCode: 0 });
    expect(await plane.kubectl(['get', 'secrets', '-A', ...others])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('Forbidden'),
    });
    const stranger = await plane.kubectl(['get', 'nodes', '--token=guessed']);
    expect(stranger).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/logged in|Unauthorized/) });
  });

  it('gives a service account a token that the server knows', async () => {
    expect(await plane.kubectl(['create', 'serviceaccount', 'agent'])).toMatchObject({ exitCode: 0 });
    const { stdout: token } = await plane.kubectl(['create', 'token', 'agent']);
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token: token.trim() } };
    const { body } = await plane.request('POST', '/apis/authentication.k8s.io/v1/tokenreviews', review);
    expect(body).toMatchObject({ status: { authenticated: true, user: { username: 'system:serviceaccount:default:agent' } } });
  });

  it('leaves nothing behind, also when the test run is killed', async () => {
    const program = fileURLToPath(new URL('./control-plane.child.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    const { url, kubeconfig } = JSON.parse(line) as { url: string; kubeconfig: string };
    expect(existsSync(kubeconfig)).toBe(true);
    child.kill('SIGKILL');
    await vi.waitFor(() => expect(existsSync(dirname(kubeconfig))).toBe(false), { timeout: 30_000 });
    // A server that is on its way out may still reset a connection.
    const refusal = () => fetch(url).then(String, ({ cause }) => cause.code);
    await expect.poll(refusal).toBe('ECONNREFUSED');
  });
});
