/** What an object cannot say together with a kubelet that the node starts by itself. */

import { isJsonMap, type Json, type JsonMap } from '../../../api/json.ts';
import { type FieldPath, formatPath } from '../../../api/problem.ts';
import { startsWith } from '../../../api/validate/parts.ts';
import type { EffectiveSpec } from '../../../desired/defaults.ts';
import { refusal, type SpecProblem } from '../../../desired/spec-problem.ts';
import { leaves } from '../../../desired/tree.ts';
import { type InstalledKubelet, launchOf } from '../../../kubelet/installed/installed.ts';
import { flagFields } from '../../../kubelet/settings/configuration.ts';
import { fieldOf } from '../../../kubelet/settings/flag-field.ts';
import { configurationSources, isWithin } from '../../../kubelet/settings/settings.ts';
import { foreignLines } from '../../../text/foreign-text.ts';

/** An error for each such field. */
export function fieldProblems(spec: EffectiveSpec, installed: InstalledKubelet): SpecProblem[] {
  return [...notOurs(spec), ...beatenFields(spec, installed), ...dynamicConfiguration(spec, installed)];
}

/** With that flag a kubelet before 1.24 takes all fields from a ConfigMap, and a later one does not start. */
function dynamicConfiguration({ kubelet }: EffectiveSpec, installed: InstalledKubelet): SpecProblem[] {
  const flag = launchOf(installed).commandLine.flags.findLast(({ name }) => name === 'dynamic-config-dir');
  if (kubelet.configuration === undefined || flag === undefined || flag.value === '') return [];
  const reason = foreignLines(
    `the node gives the flag --dynamic-config-dir=${flag.value ?? ''} in ${flag.by}: a ConfigMap that its Node names counts more than these fields`,
  );
  const remedy = 'write the fields of the ConfigMap into this object, remove spec.configSource of the Node, and then the flag';
  return [refusal('FlagInvalid', ['kubelet', 'configuration'], reason, remedy)];
}

function notOurs({ kubelet, unit }: EffectiveSpec): SpecProblem[] {
  const image =
    kubelet.image === undefined
      ? []
      : [
          refusal(
            'InvalidValue',
            ['kubelet', 'image'],
            'the launcher existing starts the kubelet that the node has, which has no image of ours',
            'remove kubelet.image, or choose the launcher podman or rkt',
          ),
        ];
  const mode =
    unit.saidMode === 'Replace'
      ? [
          refusal(
            'InvalidValue',
            ['unit', 'mode'],
            "the launcher existing leaves the node's own unit as it is",
            'remove unit.mode, or choose the launcher host',
          ),
        ]
      : [];
  const flags = ['config', 'config-dir'].flatMap((name) =>
    kubelet.flags[name] === undefined
      ? []
      : [
          refusal(
            'FlagInvalid',
            ['kubelet', 'flags', name],
            `the flag ${name} would take the place of the node's own, and everything that it says would be gone`,
            'remove the flag, and set the fields in kubelet.configuration',
          ),
        ],
  );
  return [...image, ...mode, ...flags];
}

/** A flag counts more than a field, whichever file it comes from, and more than one that is taken away. */
function beatenFields({ kubelet, withdrawn = [] }: EffectiveSpec, installed: InstalledKubelet): SpecProblem[] {
  const launch = launchOf(installed);
  const { sources } = configurationSources(installed, launch);
  const beating = flagFields(sources);
  const set = leaves((kubelet.configuration ?? {}) as JsonMap).map(({ path }) => path);
  const taken = withdrawn.filter((path) => startsWith(path, ['kubelet', 'configuration'])).map((path) => path.slice(2));
  return [...set, ...taken].flatMap((path) => {
    const field = beating.find((one) => isWithin(path, one.path) && !isFreeGate(path, one.value));
    const flag =
      field && launch.commandLine.flags.findLast(({ name }) => fieldOf(name, sources.release) === field.path.join('.'));
    if (!flag || kubelet.flags[flag.name] !== undefined) return [];
    const reason = foreignLines(
      `the node gives the flag --${flag.name}=${flag.value ?? ''} in ${flag.by}, which counts more than this field`,
    );
    const remedy = `set kubelet.flags.${formatPath([flag.name]).replace(/^\["?|"?\]$/g, '')} instead: it comes after the node's own`;
    return [refusal('FlagInvalid', ['kubelet', 'configuration', ...path], reason, remedy)];
  });
}

/** The flag adds its gates to those of the file, so only a gate that it names itself is beaten. */
function isFreeGate(path: FieldPath, gates: Json): boolean {
  return path[0] === 'featureGates' && isJsonMap(gates) && path[1] !== undefined && gates[String(path[1])] === undefined;
}
