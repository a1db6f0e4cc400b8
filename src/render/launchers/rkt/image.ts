/** The image that rkt runs: kubelet.image and kubelet.version as the variables of a wrapper. */

import type { EffectiveSpec } from '../../../desired/defaults.ts';
import { refusal, type SpecProblem } from '../../../desired/spec-problem.ts';
import { isMinorOnly } from '../../../kubelet/release.ts';
import type { ShippedWrapper } from '../../coreos.ts';
import { hasTagOrDigest, otherTag, versionInTag } from '../image-tag.ts';

export interface Image {
  /** The reference that the wrapper will pass to rkt; undefined if only the node knows it. */
  readonly reference: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly problems: readonly SpecProblem[];
}

type Environment = Readonly<Record<string, string>>;

/**
 * An image with a tag or a digest, or without need of one, stays as it is; any other gets the version as its
 * tag.
 */
export function imageOf({ kubelet: { image, version }, unit }: EffectiveSpec, wrapper: ShippedWrapper): Image {
  const fromUnit = wrapper.imageVariables ? unitImage(unit.environment, wrapper) : legacyUnitImage(unit.environment, wrapper);
  if (image === undefined && version === undefined)
    return { reference: fromUnit, environment: {}, problems: missing(fromUnit, unit) };

  const whole = image !== undefined && (version === undefined || isWhole(image));
  // Without `kubelet.image` the wrapper takes the name that a variable of the unit gives.
  const [url, aci] = wrapper.imageVariables ? ['KUBELET_IMAGE_URL', 'KUBELET_ACI'] : ['KUBELET_ACI', 'KUBELET_ACI'];
  const named = unit.environment[url] || unit.environment[aci] || wrapper.defaultImage;
  const reference = whole ? image : `${image ?? named}:${version}`;
  if (!whole && version !== undefined && isMinorOnly(version)) return { reference, environment: {}, problems: [noTag(version)] };
  const problems = otherTag(image, version);
  if (wrapper.imageVariables) return { reference, environment: modernVariables(image, version, whole), problems };
  const legacy = legacyImage(reference, image);
  return { ...legacy, problems: [...problems, ...legacy.problems] };
}

/**
 * The version of the kubelet in an image of hyperkube or the kubelet, as its tag says it. The tag of another
 * image may count anything.
 */
export function versionOfImage({ kubelet: { image }, unit: { environment } }: EffectiveSpec): string | undefined {
  const { KUBELET_IMAGE, KUBELET_IMAGE_TAG, KUBELET_VERSION, KUBELET_IMAGE_URL, KUBELET_ACI } = environment;
  const [url, tag] = [KUBELET_IMAGE_URL || KUBELET_ACI || 'hyperkube', KUBELET_IMAGE_TAG || KUBELET_VERSION];
  const reference = image ?? (KUBELET_IMAGE || (tag ? `${url}:${tag}` : ''));
  return versionInTag(reference);
}

function noTag(version: string): SpecProblem {
  const reason = `${version} is not the tag of an image: rkt needs the version in full`;
  return refusal('InvalidValue', ['kubelet', 'version'], reason, 'write the whole tag, e.g. v1.6.4_coreos.0');
}

function modernVariables(image: string | undefined, version: string | undefined, whole: boolean): Environment {
  if (whole && image !== undefined) return { KUBELET_IMAGE: image };
  return {
    ...(image === undefined ? {} : { KUBELET_IMAGE_URL: image }),
    ...(version === undefined ? {} : { KUBELET_IMAGE_TAG: version }),
  };
}

/** The wrappers before the rewrite of 2016-09 always put a colon between image and tag. */
function legacyImage(reference: string, image: string | undefined): Image {
  const [, name, tag] = /^(.*):([^:/]+)$/.exec(reference) ?? [];
  if (name === undefined || tag === undefined || reference.includes('@')) {
    const reason = `the kubelet-wrapper of this CoreOS release can only run an image with a tag, not ${reference}`;
    return {
      reference,
      environment: {},
      problems: [refusal('WrapperCannotExpress', ['kubelet', 'image'], reason, managedRemedy)],
    };
  }
  return {
    reference,
    environment: { ...(image === undefined ? {} : { KUBELET_ACI: name }), KUBELET_VERSION: tag },
    problems: [],
  };
}

export const managedRemedy = 'use launcher.rkt.wrapper.source: Managed';

/** Whether it has a tag after the last slash or a digest, or is an image id or a file. */
function isWhole(image: string): boolean {
  return hasTagOrDigest(image) || image.endsWith('.aci') || image.startsWith('sha512-');
}

function unitImage(environment: Environment, { defaultImage }: ShippedWrapper): string | undefined {
  const set = (name: string) => environment[name] || undefined;
  const tag = set('KUBELET_IMAGE_TAG') ?? set('KUBELET_VERSION');
  const url = set('KUBELET_IMAGE_URL') ?? set('KUBELET_ACI') ?? defaultImage;
  return set('KUBELET_IMAGE') ?? (tag === undefined ? undefined : `${url}:${tag}`);
}

function legacyUnitImage(environment: Environment, { defaultImage }: ShippedWrapper): string | undefined {
  const tag = environment['KUBELET_VERSION'] || undefined;
  return tag === undefined ? undefined : `${environment['KUBELET_ACI'] || defaultImage}:${tag}`;
}

/**
 * Without an image the wrapper exits with 1. An EnvironmentFile= may name one, but only the node can read
 * that.
 */
function missing(fromUnit: string | undefined, { options }: EffectiveSpec['unit']): SpecProblem[] {
  if (fromUnit !== undefined || options['Service']?.['EnvironmentFile'] !== undefined) return [];
  return [
    refusal(
      'MissingField',
      ['kubelet', 'version'],
      'nothing says which kubelet rkt is to run',
      'set kubelet.version, kubelet.image or both',
    ),
  ];
}
