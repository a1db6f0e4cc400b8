/** Releases of Kubernetes as major and minor: patch releases neither add nor remove flags and fields. */

/** Comparable with `<`: 1.10 is 1010. */
export type Release = number;

/** The release of `v1.2.2_coreos.0`, `1.30.1+k3s1` or `1.36`; undefined for a text that is no version. */
export function releaseOf(version: string): Release | undefined {
  const [, major, minor] = /^v?(\d{1,3})\.(\d{1,3})(?!\d)/.exec(version) ?? [];
  return major === undefined || minor === undefined ? undefined : Number(major) * 1000 + Number(minor);
}

/** Whether a version names no patch release: `v1.30` means any of them. */
export function isMinorOnly(version: string): boolean {
  return /^v?\d+\.\d+$/.test(version);
}

/** The release of a text in our own tables. @throws RangeError for a text that is no version */
export function knownRelease(text: string): Release {
  const release = releaseOf(text);
  if (release === undefined) throw new RangeError(`${text} is no release`);
  return release;
}

/** `1.30` */
export function formatRelease(release: Release): string {
  return `${Math.floor(release / 1000)}.${release % 1000}`;
}
