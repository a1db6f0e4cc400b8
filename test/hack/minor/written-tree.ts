/**
 * A tree of Kubernetes with nothing but what our tables say of a release, written in Go as Kubernetes
 * writes it.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { featureGates } from '../../../src/kubelet/data/feature-gates.ts';
import { gateDependencies } from '../../../src/kubelet/data/gate-dependencies.ts';
import { type FieldRow, fieldRows } from '../../../src/kubelet/data/kubelet-fields.ts';
import { type FlagRow, flagRows } from '../../../src/kubelet/data/kubelet-flags.ts';
import { hasField } from '../../../src/kubelet/field-table.ts';
import { flagType, isInRelease } from '../../../src/kubelet/flag-table.ts';
import { readGates, stateOfRow } from '../../../src/kubelet/gate-table.ts';
import { formatRelease, knownRelease, type Release } from '../../../src/kubelet/release.ts';

/** Go to put beside what the tables say. */
export interface More {
  readonly constants?: string;
  readonly gates?: string;
  readonly flags?: string;
  readonly fields?: string;
  readonly listOfGates?: string;
}

const staging = 'staging/src/k8s.io';

/** Writes the tree. @param root an empty directory */
export function writeTree(root: string, release: Release, more: More = {}): void {
  const files: Readonly<Record<string, string>> = {
    'pkg/features/kube_features.go': featuresFile(release, more),
    'cmd/kubelet/app/options/options.go': flagsFile(release, more),
    'cmd/kubelet/app/options/osflags_windows.go': 'package options\nfunc a() { fs.StringVar(&f.A, "windows-only", f.A, "") }\n',
    [`${staging}/kubelet/config/v1beta1/types.go`]: typesFile(release, more),
    [`${staging}/component-base/version/base.go`]: `const DefaultKubeBinaryVersion = "${formatRelease(release)}"\n`,
    'test/compatibility_lifecycle/reference/versioned_feature_list.yaml': more.listOfGates ?? '',
  };
  const empty = [
    'apiserver/pkg/features/kube_features.go',
    'apiextensions-apiserver/pkg/features/kube_features.go',
    'client-go/features/known_features.go',
    'controller-manager/pkg/features/kube_features.go',
    'component-base/featuregate/feature_gate.go',
    'component-base/logs/api/v1/kube_features.go',
    'component-base/metrics/features/kube_features.go',
    'component-base/zpages/features/kube_features.go',
    'component-base/logs/api/v1/options.go',
    'component-base/logs/api/v1/types.go',
    'component-base/tracing/api/v1/types.go',
    'api/core/v1/types.go',
  ].map((path) => [`${staging}/${path}`, 'package empty\n'] as const);
  for (const [path, text] of [...Object.entries(files), ...empty]) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

function featuresFile(release: Release, { constants = '', gates = '' }: More): string {
  const known = [...readGates(featureGates)].filter(([, row]) => stateOfRow(row, release).kind === 'Known');
  const names = new Set(known.map(([name]) => name));
  const stages = { alpha: 'Alpha', beta: 'Beta', stable: 'GA', deprecated: 'Deprecated' };
  const specs = known.map(([name, { history }]) => {
    const lines = history.map(({ from, stage, isOn, isLocked }) => {
      const lock = isLocked ? ', LockToDefault: true' : '';
      const words = `Default: ${isOn}, PreRelease: featuregate.${stages[stage]}${lock}`;
      return `\t\t{Version: version.MustParse("${formatRelease(from)}"), ${words}}, // {a remark}`;
    });
    return `\t${name}: {\n${lines.join('\n')}\n\t},\n`;
  });
  const needs = Object.entries(gateDependencies).filter(([name]) => names.has(name));
  return `package features
const (
${known.map(([name]) => `\t${name} featuregate.Feature = "${name}"\n`).join('')}${constants}
)
var specs = map[featuregate.Feature]featuregate.VersionedSpecs{
${specs.join('')}${gates}
}
var dependencies = map[featuregate.Feature][]featuregate.Feature{
${needs.map(([name, needed]) => `\t${name}: {${needed.join(', ')}},\n`).join('')}
}
`;
}

function flagsFile(release: Release, { flags = '' }: More): string {
  const rows = flagRows.filter((row) => isInRelease(row, release) && row.name !== 'help' && row.name !== 'version');
  const deprecated = ({ deprecated: since }: FlagRow) => since !== undefined && knownRelease(since) <= release;
  const lines = rows.map((row) => {
    const value = row.field === undefined ? 'f.Own' : `c.${goPath(row.field)}`;
    const mark = deprecated(row) ? `\tfs.MarkDeprecated("${row.name}", "no more")\n` : '';
    return `\tfs.${registration(row, value, release)}, "${row.name}", ${value}, "a flag, (that is explained")\n${mark}`;
  });
  return `package options\nfunc (f *KubeletFlags) AddFlags(fs *pflag.FlagSet) {\n${lines.join('')}${flags}}\n`;
}

function registration(row: FlagRow, value: string, release: Release): string {
  const type = flagType(row, release);
  if (type === 'map') return `Var(cliflag.NewMapStringString(&${value})`;
  if (type === 'ip') return `Var(&utilflag.IPVar{Val: &${value}}`;
  if (type === 'quantity') return `Var(&${value}`;
  if (type === 'list')
    return row.repeatable ? `StringSliceVar(&${value}` : `Var(&utilflag.RegisterWithTaintsVar{Value: &${value}}`;
  const methods = {
    string: 'StringVar',
    bool: 'BoolVar',
    int: 'Int32Var',
    float: 'Float64Var',
    duration: 'DurationVar',
    version: 'Var',
  };
  return `${methods[type]}(&${value}`;
}

/** The name of Go for a field: the tree may name it as it likes. */
function goPath(path: string): string {
  return path.replace(/(^|\.)(\w)/g, (_, dot: string, first: string) => dot + first.toUpperCase());
}

function typesFile(release: Release, { fields = '' }: More): string {
  const rows = fieldRows.filter((row) => hasField(row, release));
  const parents = [
    '',
    ...rows.filter(({ type }) => type.endsWith('object')).map(({ path, type }) => path + (type === 'object' ? '' : '[]')),
  ];
  const structs = parents.map((parent) => {
    const children = rows.filter(({ path }) => path.slice(0, Math.max(path.lastIndexOf('.'), 0)) === parent);
    const head = parent === '' ? 'KubeletConfiguration' : structName(parent);
    return `type ${head} struct {\n\t// A remark.\n${children.map(goField).join('')}${parent === '' ? fields : ''}}\n`;
  });
  return `package v1beta1\n${structs.join('')}`;
}

const structName = (path: string) => `Of${path.replace(/\W/g, '')}`;

function goField({ path, type }: FieldRow): string {
  const name = path.slice(path.lastIndexOf('.') + 1);
  const types: Readonly<Record<string, string>> = {
    duration: 'metav1.Duration',
    'duration?': '*metav1.Duration',
    'duration|nanoseconds': 'TimeOrMetaDuration',
    quantity: 'resource.QuantityValue',
    object: `*${structName(path)}`,
    'list:object': `[]${structName(`${path}[]`)}`,
    'map:quantity': 'v1.ResourceList',
    'map:list:string': 'map[string][]string',
  };
  const plain = type.replace('list:', '[]').replace('map:', 'map[string]');
  return `\t${goPath(name)} ${types[type] ?? plain} \`json:"${name},omitempty" protobuf:"bytes,1"\`\n`;
}
