/** The image that Podman runs: kubelet.image with kubelet.version as its tag. */

import type { EffectiveSpec } from '../../../desired/defaults.ts';
import { refusal, type SpecProblem } from '../../../desired/spec-problem.ts';
import { isMinorOnly } from '../../../kubelet/release.ts';
import { dockerRefusal } from '../../../rkt/docker-reference.ts';
import { hasTagOrDigest, otherTag } from '../image-tag.ts';

interface Image {
  /** Undefined where the problems say that there is none. */
  readonly reference: string | undefined;
  readonly problems: readonly SpecProblem[];
}

const field = ['kubelet', 'image'];

/**
 * An image with a tag or a digest stays as it is; another gets the version as its tag. Of a tag and a digest
 * the digest counts, and Podman gets that alone, since not each of its releases takes both.
 */
export function podmanImage({ kubelet: { image, version } }: EffectiveSpec): Image {
  if (image === undefined) return refused('MissingField', field, 'nothing says which image podman is to run', noOfficialImage);
  const name = image.replace(/^docker:\/\//, '');
  const isWhole = hasTagOrDigest(name);
  if (!isWhole && version === undefined) {
    const reason = `${image} has no tag, so podman would run what "latest" happens to be on each node`;
    return refused(
      'MissingField',
      ['kubelet', 'version'],
      reason,
      'set kubelet.version, or write a tag or a digest in kubelet.image',
    );
  }
  if (!isWhole && version !== undefined && isMinorOnly(version)) {
    const reason = `${version} is not the tag of an image: podman needs the version in full`;
    return refused('InvalidValue', ['kubelet', 'version'], reason, 'write the whole tag, e.g. v1.36.1');
  }
  const wrong = dockerRefusal(name)?.reason ?? (namesRegistry(name) ? undefined : shortName);
  if (wrong !== undefined)
    return refused('InvalidValue', field, `podman cannot run ${JSON.stringify(image)}: ${wrong}`, wholeName);
  const reference = isWhole ? name : `${name}:${version}`;
  const badTag = dockerRefusal(reference)?.reason;
  if (badTag !== undefined)
    return refused('InvalidValue', ['kubelet', 'version'], `${version} cannot be the tag of an image: ${badTag}`, tagRemedy);
  return { reference: reference.replace(/:[^:/@]+(?=@)/, ''), problems: otherTag(image, version) };
}

const noOfficialImage =
  'set kubelet.image: Kubernetes publishes no image of the kubelet, so name one of yours, e.g. registry.example.com/kubelet';
const shortName = 'it names no registry, and each node would look for it in registries of its own';
const wholeName = 'write REGISTRY/NAME, the name in lower case, e.g. registry.example.com/kubelet';
const tagRemedy = 'write the tag in kubelet.image; a + in a version is usually _ in its tag';

/** The part before the first slash is a registry only if it looks like a host. */
function namesRegistry(name: string): boolean {
  const [first = '', ...rest] = name.split('/');
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
}

function refused(...problem: Parameters<typeof refusal>): Image {
  return { reference: undefined, problems: [refusal(...problem)] };
}
