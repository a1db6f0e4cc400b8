/** What each packager calls an architecture. */

import type { Architecture } from '../executable/runtime.ts';

export interface Names {
  /** Debian, Go, container images and krew. */
  readonly debian: 'amd64' | 'arm64';
  /** RPM, and `uname -m`. */
  readonly rpm: 'x86_64' | 'aarch64';
}

export const names: Readonly<Record<Architecture, Names>> = {
  x64: { debian: 'amd64', rpm: 'x86_64' },
  arm64: { debian: 'arm64', rpm: 'aarch64' },
};
