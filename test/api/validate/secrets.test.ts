import { describe, expect, it } from 'vitest';
import type { FieldPath } from '../../../src/api/problem.ts';
import { validateKubeletConfig } from '../../../src/api/validate/validate.ts';
import { changed } from './valid.ts';

const flags = ['spec', 'kubelet', 'flags'];
const environment = ['spec', 'unit', 'environment'];
const content = ['spec', 'files', 0, 'content'];

describe('possible secrets', () => {
  it.each<readonly [FieldPath, unknown, string]>([
    [content, '-----BEGIN RSA PRIVATE KEY-----\nMIIE', 'a private key'],
    [content, 'users:\n- user:\n    token: abcdef123456\n', 'a password or token'],
    [content, 'client-key-data: LS0tLS1CRUdJTiBSU0E=', 'a password or token'],
    [content, 'Authorization: Bearer abcdefghijklmnop', 'an authorization header'],
    [flags, { 'bootstrap-token': 'abcdef.0123456789abcdef' }, 'a bootstrap token'],
    [flags, { 'cloud-password': 'hunter22' }, 'a password or token'],
    [environment, { REGISTRY_PASSWORD: 'hunter22' }, 'a password or token'],
    [environment, { HTTPS_PROXY: 'http://user:pass@proxy:3128' }, 'a password in a URL'],
    [environment, { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE' }, 'an AWS access key'],
    [environment, { X: 'eyJhbGciOiJI.eyJzdWIiOiIx.SflKxwRJSM' }, 'a JSON web token'],
    [['spec', 'launcher', 'rkt', 'options'], ['--set-env=DB_PASSWORD=hunter22'], 'a password or token'],
    [['spec', 'patches'], [{ op: 'add', path: '/unit/environment/X', value: 'password=hunter22' }], 'a password or token'],
  ])('warns of %j = %j', (path, value, what) => {
    const problems = validateKubeletConfig(changed(path, value));
    expect(problems).toMatchObject([{ severity: 'warning', code: 'PossibleSecret' }]);
    expect(problems[0]?.reason).toContain(what);
  });

  it('does not repeat the secret', () => {
    const [problem] = validateKubeletConfig(changed(environment, { REGISTRY_PASSWORD: 'hunter22' }));
    expect(JSON.stringify(problem)).not.toContain('hunter22');
  });

  it.each<readonly [FieldPath, unknown]>([
    [flags, { 'authentication-token-webhook': true, 'authentication-token-webhook-cache-ttl': '2m' }],
    [flags, { 'tls-private-key-file': '/etc/kubernetes/tls.key', kubeconfig: '/etc/kubernetes/kubelet.conf' }],
    [['spec', 'unit', 'options'], { Service: { LoadCredential: ['token:/etc/token', 'config:config'] } }],
    [flags, { 'pod-infra-container-image': 'registry.example.com/pause:3.9', 'cluster-dns': '10.0.0.10' }],
    [environment, { TOKEN_FILE: '/run/token', KUBELET_TOKEN: '/run/token', NO_PROXY: '10.0.0.0/8,.svc' }],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the file, not of this test
    [content, 'tokenFile: /run/token\npassword: ${PASSWORD}\ntoken: true\n'],
  ])('leaves %j = %j alone', (path, value) => {
    expect(validateKubeletConfig(changed(path, value))).toEqual([]);
  });
});
