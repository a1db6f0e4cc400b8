/** Rules of what a kubelet tells about itself: logs, traces, metrics. */

import { isJsonMap } from '../../api/json.ts';
import { nanosecondsOf } from '../../go/values.ts';
import type { KubeletInForce } from './in-force.ts';
import { type Fault, type Rule, refused, refusedIn } from './rule.ts';

function loggingOptions(kubelet: KubeletInForce): Fault[] {
  const faults: Fault[] = [];
  const format = kubelet.text('logging.format');
  if (format === 'json' && kubelet.release >= 1025 && !kubelet.gate('LoggingBetaOptions'))
    faults.push(
      refused(
        'logging.format',
        'Log format json is disabled, see LoggingBetaOptions feature',
        'switch the gate on, or write text',
      ),
    );
  const flush = kubelet.value('logging.flushFrequency');
  const time = typeof flush === 'number' ? flush : kubelet.nanoseconds('logging.flushFrequency');
  const isChecked = kubelet.release >= 1035;
  if (isChecked && time !== undefined && (time < 0 || (time === 0 && kubelet.isByFlag('logging.flushFrequency'))))
    faults.push(
      refused('logging.flushFrequency', `logging.flushFrequency ${String(flush)} must be greater than zero`, 'write e.g. 5s'),
    );
  for (const kind of ['text', 'json'] as const) {
    if (kubelet.release < 1025) continue;
    const size = kubelet.value(`logging.options.${kind}.infoBufferSize`);
    const isSplit =
      kubelet.isByFlag(`logging.options.${kind}.splitStream`) && kubelet.isTrue(`logging.options.${kind}.splitStream`);
    if (
      !kubelet.gate('LoggingAlphaOptions') &&
      ((size !== undefined && !['0', 0, ''].includes(size as string | number)) || isSplit)
    )
      faults.push(
        refused(
          `logging.options.${kind}`,
          'Feature LoggingAlphaOptions is disabled',
          'remove the options, or switch the gate on',
        ),
      );
  }
  return faults;
}

function vmodule(kubelet: KubeletInForce): Fault[] {
  const field = 'logging.vmodule';
  const list = kubelet.items(field);
  if (list.length > 0 && kubelet.text('logging.format') === 'json')
    return [refused(field, 'logging.vmodule is only supported for text log format', 'remove it, or write logging.format: text')];
  return list.flatMap((item, index) => {
    const pattern = item['filePattern'] ?? '';
    const level = item['verbosity'];
    if (pattern === '') return [refusedIn(field, index, 'File pattern must not be empty', 'write the name of a source file')];
    if (/[=,]/.test(String(pattern)))
      return [
        refusedIn(
          field,
          index,
          `File pattern must not contain equal sign or comma: ${JSON.stringify(pattern)}`,
          'write one pattern for each item',
        ),
      ];
    return typeof level === 'number' && level > 2_147_483_647
      ? [refusedIn(field, index, `verbosity ${level} must be 2147483647 or less`, 'write a number up to 10')]
      : [];
  });
}

/** Until 1.27 the frequency was a whole number of nanoseconds alone. */
function flushNumber(kubelet: KubeletInForce): Fault[] {
  const field = 'logging.flushFrequency';
  const logging = kubelet.ofFiles('logging');
  const flush = isJsonMap(logging) ? logging['flushFrequency'] : undefined;
  if (typeof flush !== 'string') return [];
  const reason = `cannot unmarshal string ${JSON.stringify(flush)} into ${field}, which is a number of nanoseconds until 1.27`;
  return [refused(field, reason, `write ${nanosecondsOf(flush) ?? 5_000_000_000}`)];
}

/** Until 1.33 tracing needed its gate, whatever it said. */
function tracingGate(kubelet: KubeletInForce): Fault[] {
  if (!kubelet.isGiven('tracing') || kubelet.gate('KubeletTracing')) return [];
  return [refused('tracing', 'tracing requires feature gate KubeletTracing', 'switch the gate on, or remove the field')];
}

function tracing(kubelet: KubeletInForce): Fault[] {
  const field = 'tracing.endpoint';
  const endpoint = kubelet.text(field);
  if (endpoint === '') return [];
  const [, scheme] = /^([a-z][a-z0-9+.-]*):\/\//i.exec(endpoint) ?? [];
  const isKnown = scheme === undefined ? isTarget(endpoint) : ['dns', 'unix', 'unix-abstract'].includes(scheme);
  if (isKnown) return [];
  return [
    refused(
      field,
      `${JSON.stringify(endpoint)} is no endpoint: its scheme must be absent, dns, unix or unix-abstract`,
      'write host:port, dns:///host:port or unix:///path',
    ),
  ];
}

/** `host`, `host:port`; with a scheme but no slashes it is none. */
function isTarget(endpoint: string): boolean {
  if (/^(?:unix|unix-abstract|dns|https?):/.test(endpoint)) return false;
  return URL.canParse(`http://${endpoint}`) && !/%(?![0-9a-fA-F]{2})/.test(endpoint) && !/^:/.test(endpoint);
}

function hiddenMetrics(kubelet: KubeletInForce): Fault[] {
  const field = 'showHiddenMetricsForVersion';
  const value = kubelet.text(field);
  const previous = `${Math.floor(kubelet.release / 1000)}.${(kubelet.release % 1000) - 1}`;
  if (value === '' || value === previous) return [];
  return [
    refused(
      field,
      `${field} must be omitted or have the value ${previous}; only the previous minor version is allowed`,
      `write ${previous}, or remove it`,
    ),
  ];
}

export const telemetryRules: readonly Rule[] = [
  { id: 'R82', check: loggingOptions },
  { id: 'R78', since: '1.23', until: '1.27', check: flushNumber },
  { id: 'R81', check: vmodule },
  { id: 'R86', check: tracing },
  { id: 'R85a', until: '1.33', check: tracingGate },
  { id: 'R66', check: hiddenMetrics },
];
