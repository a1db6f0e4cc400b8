/** Rules of what a kubelet serves and asks: ports, certificates, ciphers, webhooks. */

import { isIpAddress } from '../../go/text.ts';
import type { KubeletInForce } from './in-force.ts';
import { type Fault, odd, type Rule, refused, refusedIn } from './rule.ts';

function ports(kubelet: KubeletInForce): Fault[] {
  const port = kubelet.number('port');
  return kubelet.each(['readOnlyPort', 'healthzPort'], (field) => {
    const other = kubelet.number(field);
    if (port === undefined || other !== port || other === 0) return [];
    return [refused(field, `${field} ${other} is the port of the kubelet itself`, `choose another ${field}`)];
  });
}

function address(kubelet: KubeletInForce): Fault[] {
  const faults: Fault[] = [];
  const own = kubelet.value('address');
  if (typeof own === 'string' && own !== '' && !isIpAddress(own) && kubelet.value('enableServer') !== false)
    faults.push(refused('address', `listen tcp: ${JSON.stringify(own)} is not a valid IP address`, 'write an IP address'));
  const healthz = kubelet.value('healthzBindAddress');
  if (typeof healthz === 'string' && healthz !== '' && !isIpAddress(healthz))
    faults.push(
      odd(
        'healthzBindAddress',
        `${JSON.stringify(healthz)} is no IP address, and the kubelet serves no /healthz`,
        'write 127.0.0.1',
      ),
    );
  return faults;
}

/**
 * Without credentials nobody can be asked who calls, and what he may do. The kubelet names the first of
 * both.
 */
function webhooks(kubelet: KubeletInForce): Fault[] {
  if (hasClient(kubelet) || kubelet.value('enableServer') === false) return [];
  const faults: Fault[] = [];
  const reason = (what: string) => `no client provided, cannot use webhook ${what}: the kubelet has no kubeconfig`;
  const remedy = 'give the flag kubeconfig';
  if (kubelet.isTrue('authentication.webhook.enabled'))
    faults.push(
      refused(
        'authentication.webhook.enabled',
        reason('authentication'),
        `${remedy}, or set authentication.webhook.enabled: false`,
      ),
    );
  if (['Webhook', ''].includes(kubelet.text('authorization.mode')))
    faults.push(
      refused(
        'authorization.mode',
        reason('authorization'),
        `${remedy}, or set authorization.mode: AlwaysAllow where no other host reaches the kubelet`,
      ),
    );
  const given = faults.filter(({ place }) => 'field' in place && kubelet.isGiven(place.field.join('.')));
  return given.length > 0 ? given : faults.slice(0, 1);
}

/** A kubelet without kubeconfig runs alone. */
function hasClient(kubelet: KubeletInForce): boolean {
  const given = (name: string) => (kubelet.flag(name) ?? '') !== '';
  return given('kubeconfig') || given('bootstrap-kubeconfig') || kubelet.hasUnknownWord();
}

function changeDetection(kubelet: KubeletInForce): Fault[] {
  const field = 'configMapAndSecretChangeDetectionStrategy';
  const value = kubelet.text(field);
  // Until 1.25 a kubelet that runs alone looked at it, too.
  const isUsed = kubelet.release < 1026 || hasClient(kubelet);
  if (!isUsed || ['', 'Get', 'Cache', 'Watch'].includes(value)) return [];
  return [refused(field, `unknown configmap and secret manager mode: ${JSON.stringify(value)}`, 'write Get, Cache or Watch')];
}

const preferred = [
  ...['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'],
  ...['TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA', 'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA'],
  ...['TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA', 'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA'],
  ...['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384'],
  ...['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384'],
  ...['TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256', 'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256'],
  ...['TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305', 'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305'],
];
const insecure = [
  ...['TLS_RSA_WITH_RC4_128_SHA', 'TLS_RSA_WITH_3DES_EDE_CBC_SHA', 'TLS_RSA_WITH_AES_128_CBC_SHA'],
  ...['TLS_RSA_WITH_AES_256_CBC_SHA', 'TLS_RSA_WITH_AES_128_CBC_SHA256', 'TLS_RSA_WITH_AES_128_GCM_SHA256'],
  ...['TLS_RSA_WITH_AES_256_GCM_SHA384', 'TLS_ECDHE_ECDSA_WITH_RC4_128_SHA', 'TLS_ECDHE_RSA_WITH_RC4_128_SHA'],
  ...['TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA', 'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256', 'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256'],
];
const forHttp2 = ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'];

const newerSuites: Readonly<Record<string, number>> = {
  TLS_AES_128_GCM_SHA256: 1019,
  TLS_AES_256_GCM_SHA384: 1019,
  TLS_CHACHA20_POLY1305_SHA256: 1019,
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 1023,
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 1023,
};

function ciphers(kubelet: KubeletInForce): Fault[] {
  const field = 'tlsCipherSuites';
  const suites = kubelet.texts(field);
  const known = new Set([...preferred, ...insecure].filter((suite) => (newerSuites[suite] ?? 0) <= kubelet.release));
  const unknown = suites.flatMap((suite, index) => {
    if (known.has(suite)) return [];
    const near = [...known].find((one) => one.toLowerCase() === suite.trim().toLowerCase());
    return [
      refusedIn(
        field,
        index,
        `Cipher suite ${JSON.stringify(suite)} not supported or doesn't exist`,
        near === undefined ? 'write the name of a suite as Go has it' : `write ${near}`,
      ),
    ];
  });
  if (unknown.length > 0 || suites.length === 0) return unknown;
  const weak = suites.flatMap((suite, index) =>
    insecure.includes(suite) ? [odd(field, `${suite} is insecure`, 'remove it', index)] : [],
  );
  const isUsed = kubelet.text('tlsMinVersion') !== 'VersionTLS13' && kubelet.value('enableServer') !== false;
  if (!isUsed || suites.some((suite) => forHttp2.includes(suite))) return weak;
  const reason = `TLSConfig.CipherSuites is missing an HTTP/2-required AES_128_GCM_SHA256 cipher (need at least one of ${forHttp2.join(' or ')})`;
  return [...weak, refused(field, reason, `add ${forHttp2[0]}`)];
}

function tlsVersion(kubelet: KubeletInForce): Fault[] {
  const field = 'tlsMinVersion';
  const known = ['VersionTLS10', 'VersionTLS11', 'VersionTLS12', 'VersionTLS13'];
  const value = kubelet.text(field);
  if (value === '' || known.includes(value)) return [];
  return [refused(field, `unknown tls version ${JSON.stringify(value)}`, `write one of ${known.join(', ')}`)];
}

const curves = [23, 24, 25, 29, 4587, 4588, 4589];

function tlsCurves(kubelet: KubeletInForce): Fault[] {
  const field = 'tlsCurvePreferences';
  const list = kubelet.list(field);
  return list.flatMap((curve, index) => {
    if (typeof curve !== 'number') return [];
    if (curve < 1 || curve > 65_535)
      return [
        refusedIn(
          field,
          index,
          `curve preference ${curve} is out of range (must be 1-65535)`,
          `write one of ${curves.join(', ')}`,
        ),
      ];
    if (list.indexOf(curve) < index) return [refusedIn(field, index, `duplicate curve preference ${curve}`, 'write it once')];
    return curves.includes(curve)
      ? []
      : [
          refusedIn(
            field,
            index,
            `curve preference ${curve} is not supported by the Go version of this kubelet`,
            `write one of ${curves.join(', ')}`,
          ),
        ];
  });
}

/** It starts, its /healthz is green, and every handshake fails: no logs, no exec, no metrics. */
function certificatePair(kubelet: KubeletInForce): Fault[] {
  const [cert, key] = ['tlsCertFile', 'tlsPrivateKeyFile'].map((field) => kubelet.text(field) !== '');
  if (cert === key) return [];
  const [has, lacks] = cert ? ['tlsCertFile', 'tlsPrivateKeyFile'] : ['tlsPrivateKeyFile', 'tlsCertFile'];
  const reason = `${has} without ${lacks}: the kubelet starts, and every connection to it fails, so kubectl logs and exec do not work`;
  return [{ kind: 'Odd', place: { field: [has as string] }, reason, remedy: `set ${lacks}, or remove ${has}` }];
}

function serverBootstrap(kubelet: KubeletInForce): Fault[] {
  if (!kubelet.isTrue('serverTLSBootstrap') || kubelet.gate('RotateKubeletServerCertificate')) return [];
  return [
    refused(
      'serverTLSBootstrap',
      'serverTLSBootstrap true requires feature gate RotateKubeletServerCertificate',
      'switch the gate on, or remove the field',
    ),
  ];
}

/** Before 1.32 a kubelet runs its static pods once and ends, and no unit stays up with that. */
function runOnce(kubelet: KubeletInForce): Fault[] {
  if (!kubelet.isTrue('runOnce')) return [];
  if (kubelet.release >= 1032) return [refused('runOnce', 'Runonce mode has been deprecated and should not be set', 'remove it')];
  const reason = 'with runOnce the kubelet ends as soon as it has run its static pods once: no unit stays up with it';
  return [{ kind: 'Broken', place: { field: ['runOnce'] }, reason, remedy: 'remove it' }];
}

function runtimeEndpoint(kubelet: KubeletInForce): Fault[] {
  return kubelet.each(['containerRuntimeEndpoint', 'imageServiceEndpoint'], (field) => {
    const endpoint = kubelet.text(field);
    const [, scheme] = /^([a-z][a-z0-9+.-]*):\/\//i.exec(endpoint) ?? [];
    if (endpoint === '' || scheme === undefined || scheme === 'unix') return [];
    return [
      refused(
        field,
        `only support unix socket endpoint, found ${JSON.stringify(endpoint)}`,
        'write e.g. unix:///run/containerd/containerd.sock',
      ),
    ];
  });
}

function requestTimeout(kubelet: KubeletInForce): Fault[] {
  const field = 'runtimeRequestTimeout';
  const time = kubelet.nanoseconds(field);
  if (time === undefined || time >= 100_000_000 || (time === 0 && !kubelet.isByFlag(field))) return [];
  return [
    refused(field, `${field} ${kubelet.text(field)} is too short for any answer of the container runtime`, 'write e.g. 2m'),
  ];
}

export const servingRules: readonly Rule[] = [
  { id: 'R26a', check: ports },
  { id: 'R26b', check: address },
  { id: 'R115a', mayBeMetOutside: true, check: webhooks },
  { id: 'R116', check: changeDetection },
  { id: 'R119', check: ciphers },
  { id: 'R119a', check: tlsVersion },
  { id: 'R119b', check: certificatePair },
  { id: 'R120', check: tlsCurves },
  { id: 'R32', check: serverBootstrap },
  { id: 'R33', check: runOnce },
  { id: 'R71', check: runtimeEndpoint },
  { id: 'R114a', check: requestTimeout },
];
