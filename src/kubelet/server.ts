/**
 * The kubelet's own server, at which it answers /configz and /healthz to those who may ask: where it
 * listens and by which certificate it is known, as its files and flags say. Pure.
 */

import { absolutePath } from '../api/kubelet-paths.ts';
import type { KubeletSettings } from './settings/setting.ts';

/** The kubelet's own server, as its files say. */
export interface KubeletServer {
  /** An IP address to connect to. */
  readonly address: string;
  /** 0 if the kubelet has no such server. */
  readonly port: number;
  /**
   * Absolute paths of its serving certificate, in the order in which the kubelet takes them: the first
   * that is there.
   */
  readonly certificates: readonly string[];
  /** Absolute path of the kubelet's own kubeconfig; undefined if it has none. */
  readonly kubeconfig?: string | undefined;
}

/** The default of --cert-dir, whatever --root-dir says (cmd/kubelet/app/options/options.go). */
const defaultCertificates = '/var/lib/kubelet/pki';
/** The default of the port (pkg/cluster/ports/ports.go). */
const defaultPort = 10250;

/**
 * The server of the kubelet that has these settings. A setting that no kubelet starts with counts as its
 * default.
 */
export function kubeletServer({ settings }: Pick<KubeletSettings, 'settings'>): KubeletServer {
  const value = (key: string) => settings.get(key)?.value;
  const folder = textOf(value('Unit Service.WorkingDirectory'));
  const absolute = (path: string) => absolutePath(path, folder.startsWith('/') ? folder : '/');
  const kubeconfig = textOf(value('Flag --kubeconfig'));
  const isOff = value('Field enableServer') === false;
  return {
    address: addressOf(value('Field address')),
    port: isOff ? 0 : portOf(value('Field port')),
    certificates: certificatesOf(value, absolute),
    ...(kubeconfig !== '' && { kubeconfig: absolute(kubeconfig) }),
  };
}

/** A server on all addresses is asked at that of its own machine. */
function addressOf(value: unknown): string {
  const address = typeof value === 'string' ? value.trim() : '';
  if (address === '' || address === '0.0.0.0') return '127.0.0.1';
  return address === '::' ? '::1' : address;
}

function portOf(value: unknown): number {
  const port = Number(value);
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : defaultPort;
}

/**
 * A kubelet whose certificate the cluster signs takes that one first, and until it has it the one that it
 * was given. A kubelet that was given none makes itself one.
 */
function certificatesOf(value: (key: string) => unknown, absolute: (path: string) => string): readonly string[] {
  const directory = absolute(textOf(value('Flag --cert-dir')) || defaultCertificates);
  const signed = `${directory}/kubelet-server-current.pem`;
  const given = textOf(value('Field tlsCertFile'));
  if (given === '') return [signed, `${directory}/kubelet.crt`];
  return value('Field serverTLSBootstrap') === true ? [signed, absolute(given)] : [absolute(given)];
}

/** The last one of a flag that is given several times. */
function textOf(value: unknown): string {
  const last: unknown = Array.isArray(value) ? value.at(-1) : value;
  return typeof last === 'string' ? last : '';
}
