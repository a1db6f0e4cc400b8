/** Reads the words of `rkt run` as images, their arguments and options (rkt/cli_apps.go `parseApps`). */
import type { Word } from './command.ts';
import { error, type RktFinding, warning } from './finding.ts';
import { type Occurrence, readFlags } from './flags.ts';
import { RUN_OPTIONS } from './options.ts';

export interface ImageWord {
  readonly reference: string;
  readonly word: number;
  /** The option right before the image: a person may have meant the word as its value. */
  readonly after?: Occurrence;
}

export interface RunWords {
  readonly occurrences: readonly Occurrence[];
  readonly images: readonly ImageWord[];
  /** The options before the first plain word, if all can be read. Only there does `--help` count. */
  readonly leading?: readonly Occurrence[];
  /** Set if the words behind it cannot be read; `occurrences` and `images` then end there. */
  readonly stop?: RktFinding;
  /** A finding for each word that rkt silently drops. */
  readonly dropped: readonly RktFinding[];
}

/** @param words those after `run` */
export function readRunWords(words: readonly Word[]): RunWords {
  const leading = readFlags(words, { options: RUN_OPTIONS, interspersed: false, image: -1 });
  if (leading.stop) return { occurrences: leading.occurrences, images: [], stop: leading.stop, dropped: [] };
  return readApps(leading.rest, leading.occurrences);
}

function readApps(words: readonly Word[], leading: readonly Occurrence[]): RunWords {
  const occurrences = [...leading];
  const images: ImageWord[] = [];
  const dropped: RktFinding[] = [];
  const drop = ({ index }: Word, reason: string, remedy: string) => dropped.push(warning(index, reason, remedy));
  const useless = 'remove it; an app cannot be given one';
  const result = (stop?: RktFinding): RunWords => ({ occurrences, images, leading, dropped, ...(stop && { stop }) });
  let imagesWithArguments = 0;
  let inArguments = false;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at];
    if (word === undefined) break;
    if (word.text === '') drop(word, 'rkt drops empty words', useless);
    else if (inArguments) {
      if (word.text !== '---') continue;
      inArguments = false;
      drop(word, 'a lone --- ends the arguments of the app; rkt reads what follows itself', useless);
    } else if (word.text === '---') {
      drop(word, 'rkt ignores a lone --- outside of app arguments', 'write -- to begin app arguments');
    } else if (word.text === '--') {
      const refusal = argumentsRefusal(word, images.length, imagesWithArguments);
      if (refusal) return result(refusal);
      imagesWithArguments = images.length;
      inArguments = true;
    } else {
      const flags = readFlags(words.slice(at), { options: RUN_OPTIONS, interspersed: false, image: images.length - 1 });
      const after = occurrences.at(-1);
      occurrences.push(...flags.occurrences);
      if (flags.stop) return result(flags.stop);
      if (flags.read === 0) images.push({ reference: word.text, word: word.index, ...(after && { after }) });
      // The flag library takes a closing `--` away. rkt puts the last word back if it is `--`, whatever it
      // was read as.
      else at += words[at + flags.read - 1]?.text === '--' ? flags.read - 2 : flags.read - 1;
    }
  }
  return result();
}

function argumentsRefusal(word: Word, images: number, imagesWithArguments: number): RktFinding | undefined {
  if (images === 0) return error(word.index, 'an image is required before any app arguments', 'put the image before --');
  if (images === imagesWithArguments) {
    return error(word.index, 'only one set of app arguments allowed per image', 'put all arguments of the app behind one --');
  }
  return undefined;
}
