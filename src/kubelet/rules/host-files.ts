/** Rules of the files and directories of its machine that a kubelet reads and makes. */

import { isJsonMap, type JsonMap } from '../../api/json.ts';
import { readManifests } from '../../manifest/read/read.ts';
import type { KubeletInForce } from './in-force.ts';
import { type Fault, odd, type Rule, refused, refusedFlag } from './rule.ts';

const absent = (path: string) => `open ${path}: no such file or directory`;
const nameOne = 'name a file that is there';

function namedFiles(kubelet: KubeletInForce): Fault[] {
  const { kindOf, text } = kubelet.machine;
  const isGone = (field: string) => kubelet.text(field) !== '' && kindOf?.(kubelet.text(field)) === 'Absent';
  const faults: Fault[] = [];
  const pair = ['tlsCertFile', 'tlsPrivateKeyFile'];
  if (pair.every((field) => kubelet.text(field) !== '' && kubelet.isGiven(field)))
    for (const field of pair.filter(isGone)) faults.push(refused(field, absent(kubelet.text(field)), nameOne));
  const ca = 'authentication.x509.clientCAFile';
  const content = kubelet.text(ca) === '' ? undefined : text?.(kubelet.text(ca));
  if (isGone(ca)) faults.push(refused(ca, `unable to load client CA file: ${absent(kubelet.text(ca))}`, nameOne));
  else if (content !== undefined && !content.includes('-----BEGIN CERTIFICATE-----'))
    faults.push(
      refused(
        ca,
        `error loading CA bundle ${kubelet.text(ca)}: data does not contain any valid RSA or ECDSA certificates`,
        'name a file with certificates',
      ),
    );
  if (isGone('resolvConf') && kubelet.isGiven('resolvConf'))
    faults.push(
      odd('resolvConf', `${kubelet.text('resolvConf')} is not there, and pods with the DNS of the node do not start`, nameOne),
    );
  return faults;
}

function credentialProvider(kubelet: KubeletInForce): Fault[] {
  const names = ['image-credential-provider-config', 'image-credential-provider-bin-dir'] as const;
  const [config, directory] = names.map((name) => kubelet.flag(name) ?? '') as [string, string];
  if (config === '' && directory === '') return [];
  if (config === '') return [refusedFlag(names[1], 'credential provider config path is empty', `give --${names[0]} too`)];
  if (directory === '') return [refusedFlag(names[0], 'plugin binary directory did not exist', `give --${names[1]} too`)];
  const { kindOf, text } = kubelet.machine;
  if (kindOf?.(directory) === 'Absent')
    return [refusedFlag(names[1], `plugin binary directory ${directory} did not exist`, 'name a directory that is there')];
  if (kindOf?.(config) === 'Absent') return [refusedFlag(names[0], absent(config), nameOne)];
  const content = text?.(config);
  const providers = content === undefined ? undefined : providersIn(content);
  if (providers === undefined) return [];
  if (providers.length === 0)
    return [
      refusedFlag(
        names[0],
        'failed to validate credential provider config: at least 1 item in plugins is required',
        'name a provider in it',
      ),
    ];
  return providers
    .filter((name) => kindOf?.(`${directory}/${name}`) === 'Absent')
    .map((name) => refusedFlag(names[1], `plugin binary executable ${directory}/${name} did not exist`, `install ${name} there`));
}

/** Undefined for a file that cannot be read as a CredentialProviderConfig. */
function providersIn(content: string): readonly string[] | undefined {
  const value = readManifests(content, '').documents[0]?.value;
  const items = isJsonMap(value) ? value['providers'] : undefined;
  return Array.isArray(items)
    ? items.flatMap((item) => (isJsonMap(item) && typeof item['name'] === 'string' ? [item['name']] : []))
    : undefined;
}

function lockFile(kubelet: KubeletInForce): Fault[] {
  const isOn = kubelet.flag('exit-on-lock-contention') === 'true';
  if (!isOn || (kubelet.flag('lock-file') ?? '') !== '') return [];
  return [
    refusedFlag(
      'exit-on-lock-contention',
      'cannot exit on lock file contention: no lock file specified',
      'give --lock-file, or remove the flag',
    ),
  ];
}

function kubeconfigs(kubelet: KubeletInForce): Fault[] {
  const { kindOf, text } = kubelet.machine;
  const [own, bootstrap] = ['kubeconfig', 'bootstrap-kubeconfig'].map((name) => kubelet.flag(name) ?? '') as [string, string];
  if (own === '') return [];
  const isGone = (path: string) => kindOf?.(path) === 'Absent';
  const content = text?.(own);
  if (bootstrap !== '') {
    const isJoined = content !== undefined && /client-certificate/.test(content);
    const mayBe = content === undefined && !isGone(own);
    if (isJoined || mayBe || !isGone(bootstrap)) return [];
    return [
      refusedFlag(
        'bootstrap-kubeconfig',
        `unable to load bootstrap kubeconfig: stat ${bootstrap}: no such file or directory`,
        'name a file that is there',
      ),
    ];
  }
  if (isGone(own))
    return [
      refusedFlag(
        'kubeconfig',
        `invalid kubeconfig: stat ${own}: no such file or directory`,
        'name a file that is there, or give --bootstrap-kubeconfig',
      ),
    ];
  if (content === undefined || /clusters/.test(content)) return [];
  return [
    refusedFlag(
      'kubeconfig',
      `invalid kubeconfig ${own}: no configuration has been provided`,
      'name a kubeconfig with a cluster and a user',
    ),
  ];
}

function directories(kubelet: KubeletInForce): Fault[] {
  const faults: Fault[] = [];
  const [root, certificates] = ['root-dir', 'cert-dir'].map((name) => kubelet.flag(name)) as [
    string | undefined,
    string | undefined,
  ];
  if (root !== undefined && !root.startsWith('/'))
    faults.push(
      refusedFlag(
        'root-dir',
        root === ''
          ? 'invalid root directory ""'
          : `error configuring root directory: cannot find mount point for ${JSON.stringify(root)}`,
        'write an absolute path',
      ),
    );
  for (const [flag, path] of [
    ['root-dir', root],
    ['cert-dir', certificates],
  ] as const) {
    if (path === undefined || !path.startsWith('/')) continue;
    if (kubelet.machine.kindOf?.(path) === 'File')
      faults.push(refusedFlag(flag, `mkdir ${path}: not a directory`, 'name a directory'));
    else if (/^\/(?:proc|sys)\//.test(path))
      faults.push(refusedFlag(flag, `mkdir ${path}: no directory can be made there`, 'name a directory elsewhere'));
  }
  return faults;
}

/** What a manager has written down must fit its policy; the kubelet says to drain the node first. */
function managerStates(kubelet: KubeletInForce): Fault[] {
  const root = kubelet.flag('root-dir') ?? '/var/lib/kubelet';
  const state = (name: string) => kubelet.machine.text?.(`${root}/${name}`);
  const faults: Fault[] = [];
  for (const [file, field, name] of [
    ['cpu_manager_state', 'cpuManagerPolicy', 'CPU manager'],
    ['memory_manager_state', 'memoryManagerPolicy', 'memory manager'],
  ] as const) {
    if (field === 'memoryManagerPolicy' && (kubelet.release < 1021 || (kubelet.release < 1032 && !kubelet.gate('MemoryManager'))))
      continue;
    const text = state(file);
    const policy = text === undefined ? undefined : policyIn(text);
    if (policy === undefined || policy === kubelet.text(field)) continue;
    const reason =
      policy === ''
        ? `could not restore state from checkpoint: ${root}/${file} is none that this kubelet reads`
        : `configured policy ${kubelet.text(field)} differs from state checkpoint policy ${policy}`;
    faults.push(refused(field, reason, `drain the node, and delete the ${name} checkpoint file ${root}/${file}`));
  }
  const resources = state('dra_manager_state');
  if (
    resources !== undefined &&
    kubelet.release >= 1027 &&
    kubelet.gate('DynamicResourceAllocation') &&
    parsed(resources) === undefined
  )
    faults.push(
      refusedFlag(
        'root-dir',
        `failed to get checkpoint dra_manager_state: ${root}/dra_manager_state is none that this kubelet reads`,
        'drain the node, and delete that file',
      ),
    );
  return faults;
}

/** Empty for a text that is no checkpoint of today. */
function policyIn(text: string): string {
  const value = parsed(text);
  const policy = value?.['policyName'];
  return typeof policy === 'string' && (value?.['checksum'] !== 1 || value['entries'] !== undefined) ? policy : '';
}

function parsed(text: string): JsonMap | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonMap(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export const hostFileRules: readonly Rule[] = [
  { id: 'R119c', check: namedFiles },
  { id: 'R123a', since: '1.24', check: credentialProvider },
  { id: 'R95', check: lockFile },
  { id: 'F3', check: kubeconfigs },
  { id: 'R123', check: directories },
  { id: 'S1', check: managerStates },
];
