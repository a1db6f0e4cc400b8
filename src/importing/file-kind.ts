/** What a file is that a person gives, by its content. Pure. */

import { readUnit } from '../systemd/unit-text.ts';

export type FileKind =
  | 'Unit'
  | 'DropIn'
  /** A unit of another type, such as a path or a timer. */
  | 'OtherUnit'
  /** A source of Podman's generator of units. */
  | 'Quadlet'
  | 'Environment'
  | 'Configuration'
  /** A cloud-config, or a configuration of Ignition. */
  | 'Machine'
  | 'Script'
  | 'Multipart'
  /** An object of Kubernetes that is no configuration of a kubelet. */
  | 'Object';

/** Finds the kind in a time that the length of the text is worth. */
export function kindOf({ name, text }: { readonly name: string; readonly text: string }): FileKind {
  const start = text.replace(/^\ufeff/, '');
  if (/^#cloud-config/.test(start)) return 'Machine';
  if (start.startsWith('#!')) return 'Script';
  if (/^(MIME-Version|Content-Type):/im.test(start.slice(0, 400)) && /^Content-Type:[ \t]*multipart/im.test(start.slice(0, 4000)))
    return 'Multipart';
  const hasTopKey = /^(systemd|storage|coreos|write_files|passwd|ignition|variant):/m.test(text);
  if (!hasTopKey && /^[ \t]*\[(Container|Pod|Kube)\]/m.test(text)) return 'Quadlet';
  if (isUnit(text) && !hasTopKey) return unitKind(name);
  if (/^[ \t]*"?kind"?[ \t]*:[ \t]*"?KubeletConfiguration/m.test(text) || isConfiguration(name, text)) {
    // A machine may have the configuration among its files.
    if (!hasTopKey && !/"ignition(Version)?"/.test(text)) return 'Configuration';
  }
  if (hasTopKey || isIgnition(start)) return 'Machine';
  return /^apiVersion:/m.test(text) && /^kind:/m.test(text) ? 'Object' : 'Environment';
}

const serviceSections = ['Unit', 'Service', 'Install'];

function isUnit(text: string): boolean {
  if (!/^[ \t]*\[(Unit|Service|Install)\]/m.test(text)) return false;
  return readUnit(text).some(({ key, section }) => key !== undefined && serviceSections.includes(section));
}

function unitKind(name: string): FileKind {
  if (/\.(path|timer|socket|mount|automount|target|slice|swap|scope|device)$/.test(name)) return 'OtherUnit';
  return name.endsWith('.conf') ? 'DropIn' : 'Unit';
}

/** Written as JSON, in which the keys stand in any order. */
function isIgnition(text: string): boolean {
  return text.trimStart().startsWith('{') && /"ignition(Version)?"\s*:/.test(text);
}

function isConfiguration(name: string, text: string): boolean {
  return /\.(json|ya?ml)$/.test(name) && /KubeletConfiguration/.test(text) && !/^#cloud-config/.test(text);
}
