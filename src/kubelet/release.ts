/** Releases of Kubernetes as far as flags and fields care: major and minor. Patch releases add and remove none. */

/** Comparable with `<`: 1.10 is 1010. */
export type Release = number;

/** Of `v1.2.2_coreos.0`, `1.30.1+k3s1` or `1.36`; undefined for what is no version. */
export function releaseOf(version: string): Release | undefined {
  const [, major, minor] = /^v?(\d{1,3})\.(\d{1,3})(?!\d)/.exec(version) ?? [];
  return major === undefined || minor === undefined ? undefined : Number(major) * 1000 + Number(minor);
}

/** For the releases that the tables are written in. */
export function knownRelease(text: string): Release {
  const release = releaseOf(text);
  if (release === undefined) throw new RangeError(`${text} is no release`);
  return release;
}

export function formatRelease(release: Release): string {
  return `${Math.floor(release / 1000)}.${release % 1000}`;
}
