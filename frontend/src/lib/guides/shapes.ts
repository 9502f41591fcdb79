/** What guidelines, the tour and one's own history are made of, as the API tells it. */
import type { components } from '../api';
import type { Complete } from '../api/types';

type Answer<Name extends keyof components['schemas']> = Complete<components['schemas'][Name]>;

export type Guidelines = Answer<'Guidelines'>;
export type GuideClip = Answer<'GuideClip'>;
/** A clip of the tour, with what a good answer is. */
export type PracticeClip = Answer<'TourStep'>;
/** A clip that a coordinator chose for the tour. */
export type ChosenPractice = Answer<'Lesson'>;
export type OwnVote = Answer<'OwnVote'>;
