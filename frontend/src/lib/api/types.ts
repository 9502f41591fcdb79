/** The names the screens use for the API's shapes; `../api.d.ts` is generated from openapi.yaml. */
import type { components, operations } from '../api';

type Schemas = components['schemas'];

/** An answer holds all its fields, also those that a request with the same shape may leave out. */
export type Complete<T> = T extends (infer Each)[]
  ? Complete<Each>[]
  : T extends object
    ? { [Name in keyof T]-?: Complete<T[Name]> }
    : T;

type Answer<Name extends keyof Schemas> = Complete<Schemas[Name]>;

export type Session = Answer<'Session'>;
export type User = Answer<'SessionUser'>;
export type Language = User['language'];
export type Role = User['memberships'][number]['role'];

export type Corpus = Answer<'Corpus'>;
export type CorpusRow = Answer<'CorpusInList'>;
export type Deletion = Answer<'Deletion'>;
export type CorpusChange = Schemas['PatchedCorpusChangeRequest'];
export type Emotion = Answer<'Emotion'>;
export type Progress = Answer<'Progress'>;

export type ClipRow = Answer<'ClipRow'>;
export type ClipStage = ClipRow['stage'];
export type ClipHistory = Answer<'ClipHistory'>;
export type Labeling = Answer<'LabelingRecord'>;
export type SeatRecord = Answer<'SeatRecord'>;
export type VoteRecord = Answer<'VoteRecord'>;
export type ClipsAction = Answer<'ClipsAction'>;
export type VoteName = Schemas['VoteNameRequest'];

export type Person = Answer<'Person'>;
export type PersonChange = Schemas['PatchedPersonChangeRequest'];
export type Invitation = Answer<'Invitation'>;
export type IssuedInvitation = Answer<'IssuedInvitation'>;
export type Skip = Answer<'Skip'>;
export type Note = Answer<'Note'>;
export type RefusedFile = Answer<'RefusedFile'>;

export type Job = Answer<'Job'>;
export type ClipImport = Answer<'ClipImport'>;
export type ImportedFile = Answer<'ImportedFile'>;
export type VoteImport = Answer<'VoteImport'>;
export type Warning = Answer<'Warning'>;
export type Forecast = Answer<'Forecast'>;
export type Opening = Answer<'Opening'>;
export type OpeningRequest = Schemas['OpeningRequestRequest'];
export type Export = Answer<'Export'>;
export type ExportRequest = Schemas['ExportRequestRequest'];

export type Desk = Answer<'Desk'>;
export type Screen = Answer<'Screen'>;
export type ScreenSeat = Answer<'ScreenSeat'>;
export type VoteStage = Screen['stage'];
export type SkipReason = Schemas['SkipRequestRequest']['reason'];
export type VotesRequest = Schemas['VotesRequest'];
export type AnswerRequest = Schemas['AnswerRequest'];
export type Reliability = NonNullable<AnswerRequest['reliability']>;

export type Features = Answer<'Features'>;
export type FeatureSet = Answer<'FeatureSet'>;
export type Modality = FeatureSet['modality'];
export type Extractor = Answer<'Extractor'>;
export type FeatureRequest = Schemas['ExtractionRequestRequest'];
export type TrainingPage = Answer<'Training'>;
export type LabeledClips = Answer<'Labeled'>;
export type TrainingNumbers = Answer<'TrainingNumbers'>;
export type TrainingRequest = Schemas['TrainingRequestRequest'];
export type TrainingRun = Answer<'TrainingRun'>;
export type RunWithProgress = Answer<'TrainingRunDetail'>;
export type RunResult = TrainingRun['results'][number];
export type TrainedModel = NonNullable<TrainingRun['model']>;
export type OneTraining = Answer<'OneTraining'>;
export type CurvePoint = Answer<'Curve'>['epochs'][number];
export type Evaluation = Answer<'Evaluation'>;
export type Prediction = Answer<'Prediction'>;
export type PredictionRequest = Required<Schemas['PredictionRequestRequest']>;

export type SelectionPage = Answer<'Selection'>;
export type UsableModel = Answer<'UsableModel'>;
export type Reason = NonNullable<UsableModel['why']>;
export type Scoring = Answer<'Scoring'>;
export type ScoringRequest = Schemas['ScoringRequestRequest'];
export type Explorer = Answer<'Explorer'>;
export type PreviewClip = Answer<'PreviewClip'>;
export type PreviewQuery = operations['scoring_clips']['parameters']['query'];
export type SelectionRequest = Schemas['SelectionRequestRequest'];
export type SelectionRun = Answer<'SelectionRun'>;
export type SelectionRunDetail = Answer<'SelectionRunDetail'>;
export type SelectionBatch = Answer<'SelectionBatch'>;
export type SelectionOutcome = Answer<'SelectionOutcome'>;
export type SelectionRunClip = Answer<'SelectionRunClip'>;
