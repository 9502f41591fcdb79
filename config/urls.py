"""The whole API on one page, and the front end for every other address."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from accounts import invitation_views as invitations
from accounts import views as accounts
from annotation.api import clip_views as clips
from annotation.api import clips_action_views as actions
from annotation.api import corpus_views as corpora
from annotation.api import desk_views as desk
from annotation.api import file_views as files
from annotation.api import guide_views as guides
from annotation.api import inbox_views as inbox
from annotation.api import opening_views as openings
from annotation.api import overview_views as overview
from annotation.api import people_views as people
from annotation.api import whole_corpus_views as whole
from collection import media
from collection import views as imports
from config import pages
from config.health_view import HealthView
from jobs import views as jobs
from selection.api import run_views as selections
from selection.api import scoring_views as scorings
from training.api import feature_views as features
from training.api import model_views as models
from training.api import run_views as training

handler400 = "config.errors.bad_request"
handler403 = "config.errors.not_allowed"
handler404 = "config.errors.not_found"
handler500 = "config.errors.server_error"

session = [
    path("session", accounts.SessionView.as_view()),
    path("session/password", accounts.PasswordView.as_view()),
    path("password-reset", accounts.PasswordResetView.as_view()),
    path("token", accounts.ScriptTokenView.as_view()),
    path("invitations/<str:token>", invitations.InvitationOfferView.as_view()),
    path("invitations/<str:token>/accept", invitations.InvitationAcceptanceView.as_view()),
]

of_a_corpus = [
    path("", corpora.OneCorpusView.as_view()),
    path("/labels", corpora.LabelsView.as_view()),
    path("/copy", whole.CopyView.as_view()),
    path("/deletion", whole.DeletionView.as_view()),
    path("/progress", overview.ProgressView.as_view()),
    path("/openings", openings.OpeningsView.as_view()),
    path("/openings/forecast", openings.OpeningForecastView.as_view()),
    path("/clips", clips.ClipsView.as_view()),
    path("/clips/<str:name>", clips.ClipView.as_view()),
    path("/clips/<str:name>/set-aside", clips.SetAsideView.as_view()),
    path("/clips/<str:name>/restore", clips.RestoreView.as_view()),
    path("/clips/<str:name>/voids", clips.ClipVoidsView.as_view()),
    path("/clips-actions", actions.ClipsActionsView.as_view()),
    path("/clips-actions/<int:action_id>", actions.ClipsActionView.as_view()),
    path("/people", people.PeopleView.as_view()),
    path("/people/hours", people.HoursView.as_view()),
    path("/people/<int:membership_id>", people.PersonView.as_view()),
    path("/people/<int:membership_id>/deactivate", people.PersonDeactivationView.as_view()),
    path("/people/<int:membership_id>/reactivate", people.PersonReactivationView.as_view()),
    path("/people/<int:membership_id>/reset-link", people.PersonResetLinkView.as_view()),
    path("/people/<int:membership_id>/void-votes", people.PersonVoidView.as_view()),
    path("/invitations", invitations.InvitationsView.as_view()),
    path("/invitations/<int:invitation_id>", invitations.InvitationView.as_view()),
    path("/inbox", inbox.InboxView.as_view()),
    path("/skips", inbox.SkipsView.as_view()),
    path("/skips/<int:skip_id>/clear", inbox.ClearSkipView.as_view()),
    path("/skips/<int:skip_id>/leave", inbox.LeaveSkipView.as_view()),
    path("/notes", inbox.NotesView.as_view()),
    path("/notes/<int:note_id>/read", inbox.ReadNoteView.as_view()),
    path("/refused-files", inbox.RefusedFilesView.as_view()),
    path("/refused-files/<int:file_id>/dismiss", inbox.DismissFileView.as_view()),
    path("/imports", imports.ImportsView.as_view()),
    path("/imports/<int:import_id>", imports.ImportView.as_view()),
    path("/imports/<int:import_id>/files", imports.ImportFilesView.as_view()),
    path("/imports/<int:import_id>/report", imports.ImportReportView.as_view()),
    path("/imports/<int:import_id>/start", imports.ImportStartView.as_view()),
    path("/exports", files.ExportsView.as_view()),
    path("/exports/<int:export_id>", files.ExportView.as_view()),
    path("/exports/<int:export_id>/file", files.ExportFileView.as_view()),
    path("/vote-imports", files.VoteImportsView.as_view()),
    path("/simulations", files.SimulationsView.as_view()),
    path("/rechecks", files.RechecksView.as_view()),
    path("/desk", desk.ShowDeskView.as_view()),
    path("/desk/claim", desk.ClaimView.as_view()),
    path("/desk/votes", desk.VoteView.as_view()),
    path("/desk/undo", desk.UndoView.as_view()),
    path("/desk/skip", desk.SkipView.as_view()),
    path("/desk/release", desk.ReleaseView.as_view()),
    path("/desk/renew", desk.RenewView.as_view()),
    path("/desk/history", desk.OwnVotesView.as_view()),
    path("/desk/practice", guides.TourView.as_view()),
    path("/desk/practice/done", guides.TourDoneView.as_view()),
    path("/features", features.FeaturesView.as_view()),
    path("/features/imports", features.FeatureImportsView.as_view()),
    path("/features/<int:set_id>", features.FeatureSetView.as_view()),
    path("/features/<int:set_id>/extend", features.FeatureSetExtensionView.as_view()),
    path("/features/<int:set_id>/failed", features.FailedClipsView.as_view()),
    path("/training", training.TrainingView.as_view()),
    path("/training/table", training.ComparisonView.as_view()),
    path("/training/<int:run_id>", training.TrainingRunView.as_view()),
    path("/training/<int:run_id>/curve", training.CurveView.as_view()),
    path("/training/<int:run_id>/resume", training.RunResumptionView.as_view()),
    path("/training/<int:run_id>/evaluation", models.EvaluationView.as_view()),
    path("/training/<int:run_id>/model", models.ModelFileView.as_view()),
    path("/training/<int:run_id>/predictions", models.PredictionsView.as_view()),
    path(
        "/training/<int:run_id>/predictions/<int:prediction_id>/file",
        models.PredictionFileView.as_view(),
    ),
    path("/selection", scorings.SelectionView.as_view()),
    path("/selection/scorings", scorings.ScoringsView.as_view()),
    path("/selection/scorings/imports", scorings.ScoringImportsView.as_view()),
    path("/selection/scorings/<int:scoring_id>", scorings.ScoringView.as_view()),
    path("/selection/scorings/<int:scoring_id>/explorer", scorings.ExplorerView.as_view()),
    path("/selection/scorings/<int:scoring_id>/clips", scorings.PreviewView.as_view()),
    path("/selection/runs", selections.SelectionRunsView.as_view()),
    path("/selection/runs/<int:selection_id>", selections.SelectionRunView.as_view()),
    path("/selection/runs/<int:selection_id>/clips", selections.SelectionRunClipsView.as_view()),
    path("/selection/runs/<int:selection_id>/file", selections.SelectionRunFileView.as_view()),
    path("/selection/runs/<int:selection_id>/reliable", selections.SelectionReliableView.as_view()),
    path("/selection/runs/<int:selection_id>/batches", selections.SelectionBatchesView.as_view()),
    path(
        "/selection/runs/<int:selection_id>/batches/<int:number>/resume",
        selections.SelectionBatchResumptionView.as_view(),
    ),
    path("/guidelines", guides.GuidelinesView.as_view()),
    path("/guidelines/examples", guides.ExamplesView.as_view()),
    path("/guidelines/practice", guides.PracticeClipsView.as_view()),
]

api: list[URLPattern | URLResolver] = [
    path("health", HealthView.as_view()),
    *session,
    path("corpora", corpora.CorporaView.as_view()),
    path("corpora/<slug:slug>", include(of_a_corpus)),
    path("deletions", whole.DeletionsView.as_view()),
    path("clips/<int:clip_id>/media", media.MediaView.as_view()),
    path("practice/<str:mood>/media", media.PracticeMediaView.as_view()),
    path("jobs/<int:job_id>", jobs.JobView.as_view()),
    path("jobs/<int:job_id>/cancel", jobs.JobCancelView.as_view()),
]

documentation = [
    path("schema", SpectacularAPIView.as_view(), name="schema"),
    path("docs", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
]

urlpatterns = [
    path("api/", include([*api, *documentation])),
    path("admin/", admin.site.urls),
    path("admin", RedirectView.as_view(url="/admin/")),
    # Not an address of the API, nor a file that WhiteNoise would have served if there were one.
    re_path(
        r"^(?!(?:api|admin|static|_app)(?:/|$))(?!.*\.(?:js|css|map|json|png|svg|ico|txt)$)",
        pages.page,
    ),
]
