/**
 * Records what a real kubelet has in force for each scalar field that its file, or a drop-in to it, gives as zero.
 * Needs what the cluster tier's machine with a kubelet needs. `KUBEBUILDER_ASSETS=… hack/own-network npx tsx
 * hack/record-kubelet-zeros.ts` rewrites test/vectors/kubelet-zeros.json.
 */

import { writeFile } from 'node:fs/promises';
import { isJsonMap, type Json, type JsonMap } from '../src/api/json.ts';
import { fieldRows } from '../src/kubelet/data/kubelet-fields.ts';
import { withField } from '../src/kubelet/settings/fields.ts';
import { assetsInGuest, fieldsOfMachine, putIn, startKubeletMachine } from '../test/cluster/kubelet-machine.ts';
import type { Guest } from '../test/guest.ts';

/** Without these the kubelet does not start in such a machine, or does not answer anybody. */
const needed: JsonMap = {
  ...fieldsOfMachine,
  authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
  authorization: { mode: 'AlwaysAllow' },
};

const zeros: Readonly<Record<string, Json>> = {
  string: '',
  bool: false,
  int32: 0,
  int64: 0,
  float64: 0,
  duration: '0s',
  'duration?': '0s',
  quantity: '0',
};

/** Values that the kubelet takes and that are no defaults, for the file below a drop-in. */
const others: Readonly<Record<string, Json>> = {
  bool: true,
  int32: 12,
  int64: 12,
  float64: 0.5,
  duration: '77s',
  'duration?': '77s',
};
const special: Readonly<Record<string, Json>> = {
  containerLogMaxSize: '20Mi',
  contentType: 'application/json',
  cpuCFSQuotaPeriod: '100ms',
  hairpinMode: 'none',
  healthzBindAddress: '127.0.0.1',
  port: 10251,
  volumePluginDir: '/run/plugins',
  podLogsDir: '/var/log/other',
  resolvConf: '/etc/hosts',
  staticPodPath: '/run/pods',
  clusterDomain: 'a.local',
  topologyManagerScope: 'pod',
  configMapAndSecretChangeDetectionStrategy: 'Cache',
  imageGCHighThresholdPercent: 90,
  crashLoopBackOff: '77s',
};

/** Without its server the kubelet cannot be asked. */
const scalars = fieldRows.filter(({ path, type }) => zeros[type] !== undefined && !/\[|\{|^enableServer$/.test(path));
/** These change how the kubelet is reached, or are refused. */
const alone =
  /^(enableServer|enableDebuggingHandlers|authentication\.|authorization\.mode|port$|containerLogMax(Workers|Files)|containerLogMonitor|cpuCFSQuotaPeriod|imageGC|memoryThrottling|userNamespaces|singleProcess|maxParallel|crashLoop|containerRuntimeEndpoint|address|tracing|logging|containerRuntime|runOnce|volumeStats|cgroupsPerQOS|failCgroup|failSwap|makeIPT|enableSystemLogHandler|cgroupDriver|podLogsDir)/;

const main = '/etc/zeros.yaml';
const directory = '/etc/zeros.d';

/** What is in force, or why the kubelet does not start or does not say it. */
async function inForce(guest: Guest, file: JsonMap, dropIn?: JsonMap, port = 10250): Promise<JsonMap | string> {
  putIn(guest, main, asYaml(file));
  putIn(guest, `${directory}/50.conf`, asYaml(dropIn ?? {}));
  const flags = `--config=${main} --hostname-override=machine${dropIn ? ` --config-dir=${directory}` : ''}`;
  putIn(guest, '/etc/systemd/system/zeros.service', `[Service]\nExecStart=${assetsInGuest}/kubelet ${flags}\n`);
  const script = `
systemctl stop zeros 2>/dev/null; systemctl daemon-reload; systemctl reset-failed 2>/dev/null; systemctl start zeros
for i in $(seq 100); do
  curl -sk https://127.0.0.1:${port}/configz && exit 0
  test "$(systemctl is-active zeros)" = active || break
  sleep 0.2
done
echo "REFUSED $(journalctl -u zeros -o cat -n 40 --no-pager | grep -E 'err=|panic|rror:' | tail -1)"`;
  const { stdout } = await guest.run(['bash', '-c', script]);
  if (!stdout.startsWith('{')) return reasonIn(stdout);
  return (JSON.parse(stdout) as { kubeletconfig: JsonMap }).kubeletconfig;
}

/** The kubelet's own words, without the time and the path of its log. */
function reasonIn(output: string): string {
  const [, said = output.trim()] = /err="(.*)/.exec(output) ?? [];
  return said.replace(/, path: .*|"$/, '').slice(0, 200) || 'it does not answer';
}

const asYaml = (fields: JsonMap) =>
  JSON.stringify({ apiVersion: 'kubelet.config.k8s.io/v1beta1', kind: 'KubeletConfiguration', ...fields });

function valueAt(fields: JsonMap, path: string): Json {
  let value: Json | undefined = fields;
  for (const key of path.split('.')) value = isJsonMap(value) ? value[key] : undefined;
  return value ?? null;
}

const zeroOf = (type: string): Json => zeros[type] as Json;
const withZeros = (base: JsonMap, rows: typeof scalars) =>
  rows.reduce<JsonMap>((whole, { path, type }) => withField(whole, path.split('.'), zeroOf(type)), base);

interface Entry {
  field: string;
  zero: Json;
  alone?: true;
  main?: Json;
  below?: Json;
  dropIn?: Json;
  refused?: string;
  refusedDropIn?: string;
}

async function record(guest: Guest) {
  const entries = new Map<string, Entry>(
    scalars.map(({ path, type }) => [path, { field: path, zero: zeroOf(type), ...(alone.test(path) && { alone: true }) }]),
  );
  const attempt = async (rows: typeof scalars, isDropIn: boolean): Promise<void> => {
    if (rows.length === 0) return;
    let below = needed;
    if (isDropIn) {
      for (const { path, type } of rows) {
        const other = special[path] ?? (path.startsWith('crashLoop') ? '77s' : others[type]);
        if (other !== undefined && valueAt(needed, path) === null) below = withField(below, path.split('.'), other);
      }
    }
    const found = isDropIn
      ? await inForce(guest, below, withZeros({ enforceNodeAllocatable: [] }, rows))
      : await inForce(guest, withZeros(needed, rows));
    console.error(isDropIn, rows.length, typeof found === 'string' ? found : 'ok');
    if (typeof found !== 'string') {
      for (const { path } of rows) {
        const entry = entries.get(path);
        if (!entry) continue;
        if (isDropIn) {
          entry.below = valueAt(below, path);
          entry.dropIn = valueAt(found, path);
        } else entry.main = valueAt(found, path);
      }
      return;
    }
    const [first, ...rest] = rows;
    if (rest.length === 0) {
      const entry = entries.get(first?.path ?? '');
      if (entry) entry[isDropIn ? 'refusedDropIn' : 'refused'] = found;
      return;
    }
    const middle = Math.ceil(rows.length / 2);
    await attempt(rows.slice(0, middle), isDropIn);
    await attempt(rows.slice(middle), isDropIn);
  };
  const base = await inForce(guest, needed);
  if (typeof base === 'string') throw new Error(base);
  for (const isDropIn of [false, true]) {
    await attempt(
      scalars.filter(({ path }) => !alone.test(path)),
      isDropIn,
    );
    for (const row of scalars.filter(({ path }) => alone.test(path))) await attempt([row], isDropIn);
  }
  return { needed, entries: [...entries.values()] };
}

/** Fields whose default depends on another one. */
const cases: readonly { readonly main: JsonMap; readonly dropIn?: JsonMap; readonly fields: readonly string[] }[] = [
  { main: { nodeStatusUpdateFrequency: '20s' }, fields: ['nodeStatusReportFrequency'] },
  { main: {}, dropIn: { nodeStatusUpdateFrequency: '20s' }, fields: ['nodeStatusReportFrequency'] },
  {
    main: { nodeStatusUpdateFrequency: '20s' },
    dropIn: { nodeStatusReportFrequency: '0s' },
    fields: ['nodeStatusReportFrequency', 'nodeStatusUpdateFrequency'],
  },
  { main: { maxParallelImagePulls: 3 }, fields: ['serializeImagePulls'] },
  { main: { maxParallelImagePulls: 1 }, fields: ['serializeImagePulls'] },
  { main: {}, dropIn: { maxParallelImagePulls: 3 }, fields: ['serializeImagePulls'] },
  { main: { podPidsLimit: -5 }, fields: ['podPidsLimit'] },
  { main: { featureGates: { KubeletCrashLoopBackOffMax: false } }, fields: ['crashLoopBackOff.maxContainerRestartPeriod'] },
  { main: { featureGates: { KubeletEnsureSecretPulledImages: false } }, fields: ['imagePullCredentialsVerificationPolicy'] },
  {
    main: {},
    dropIn: { featureGates: { KubeletEnsureSecretPulledImages: false } },
    fields: ['imagePullCredentialsVerificationPolicy'],
  },
  {
    main: { logging: { flushFrequency: 0, verbosity: 0 } },
    fields: ['logging.flushFrequency', 'logging.verbosity', 'logging.format'],
  },
  { main: { evictionHard: {} }, fields: ['evictionHard'] },
  { main: {}, dropIn: { evictionHard: {} }, fields: ['evictionHard'] },
  { main: { evictionHard: {} }, dropIn: { evictionHard: { 'memory.available': '200Mi' } }, fields: ['evictionHard'] },
];

async function recordCases(guest: Guest) {
  const recorded = [];
  for (const { main: file, dropIn, fields } of cases) {
    const whole = dropIn && { enforceNodeAllocatable: [], ...dropIn };
    const found = await inForce(guest, { ...needed, ...file }, whole);
    const values = typeof found === 'string' ? found : Object.fromEntries(fields.map((path) => [path, valueAt(found, path)]));
    recorded.push({
      main: file,
      ...(dropIn && { dropIn }),
      ...(typeof values === 'string' ? { refused: values } : { inForce: values }),
    });
  }
  return recorded;
}

const guest = await startKubeletMachine();
try {
  const recording = { ...(await record(guest)), cases: await recordCases(guest) };
  const { stdout } = await guest.run([`${assetsInGuest}/kubelet`, '--version']);
  await writeFile(
    new URL('../test/vectors/kubelet-zeros.json', import.meta.url),
    `${JSON.stringify({ kubelet: stdout.trim(), ...recording }, undefined, 1)}\n`,
  );
} finally {
  await guest.stop();
}
