/** What the reference of an image says of the kubelet in it. */

import { caution, refusal, type SpecProblem } from '../../desired/spec-problem.ts';
import { isVersion } from '../capabilities.ts';

const kubeletImage = /(?:^|[/:])(?:hyperkube|kubelet)(?:-(?:amd64|arm|arm64|ppc64le|s390x))?:(v?1\.\d+\.\d+(?!\d)[^/:@]*)(?:@|$)/;

/**
 * The version in the tag of an image of hyperkube or the kubelet; undefined for another image, whose tag may
 * count anything.
 */
export function versionInTag(reference: string): string | undefined {
  return kubeletImage.exec(reference)?.[1];
}

/** Whether a reference has a tag or a digest behind its last slash. */
export function hasTagOrDigest(reference: string): boolean {
  return /[:@]/.test(reference.replace(/^docker:(\/\/)?/, '').replace(/^.*\//, ''));
}

/** The kubelet that runs must be the one that flags and fields were checked for. */
export function otherTag(image: string | undefined, version: string | undefined): SpecProblem[] {
  const tag = image === undefined || version === undefined ? undefined : /:(v?\d+\.\d+\.\d+(?!\d)[^/:@]*)(@|$)/.exec(image)?.[1];
  if (tag === undefined || version === undefined || isVersion(tag, version)) return [];
  const reason = `the image has the tag ${tag}, and kubelet.version is ${version}: flags and fields are checked for another kubelet`;
  const remedy = 'let the two agree, or leave the tag out: the version is the tag then';
  const isSameRelease = isVersion(tag, /^v?\d+\.\d+\.\d+/.exec(version)?.[0] ?? version);
  return [(isSameRelease ? caution : refusal)('InvalidValue', ['kubelet', 'image'], reason, remedy)];
}
