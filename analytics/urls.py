"""Addresses of the pages over several apps."""

from django.urls import include, path

from analytics.erasure.pages import DeclineErasure, ErasePage, ErasureList, ReceiptPage
from analytics.pages.chart import GrowthChartData
from analytics.pages.check import CheckChild, CheckPage, CheckReport, CheckRow, CheckRows
from analytics.pages.child import ChildPage
from analytics.pages.documents import CardPage, CardPdf, ChartsPdf
from analytics.pages.exports import ExportFile, ExportJobFile, ExportsPage
from analytics.pages.frames import FrameImage
from analytics.pages.gallery import GalleryPage
from analytics.pages.home import HomePage
from analytics.pages.kpis import KpiFile, KpiPage
from analytics.pages.model_accuracy import ModelAccuracyFile, ModelAccuracyPage
from analytics.pages.model_version import ModelVersionList, ModelVersionPage
from analytics.pages.model_watch import ModelWatchPage
from analytics.pages.model_yield import ModelYieldFile, ModelYieldPage
from analytics.pages.review import ReviewQueue, ReviewSession
from analytics.pages.scan_help import ScanHelpPage
from analytics.pages.session import SessionPage, SessionProgress

urlpatterns = [
    path("", HomePage.as_view(), name="home"),
    path("children/<uuid:child_id>/", ChildPage.as_view(), name="child"),
    path("children/<uuid:child_id>/growth-chart.json", GrowthChartData.as_view(), name="growth_chart"),
    path("children/<uuid:child_id>/card/", CardPage.as_view(), name="child_card"),
    path("children/<uuid:child_id>/card.pdf", CardPdf.as_view(), name="child_card_pdf"),
    path("children/<uuid:child_id>/growth-charts.pdf", ChartsPdf.as_view(), name="child_charts_pdf"),
    path("children/<uuid:child_id>/erase/", ErasePage.as_view(), name="erase_child"),
    path("erasures/", ErasureList.as_view(), name="erasures"),
    path("erasures/<uuid:record_id>/", ReceiptPage.as_view(), name="erasure_receipt"),
    path("erasures/requests/<uuid:request_id>/decline/", DeclineErasure.as_view(), name="decline_erasure"),
    path("scans/help/", ScanHelpPage.as_view(), name="scan_help"),
    path("scans/<uuid:session_id>/", SessionPage.as_view(), name="scan_session"),
    path("scans/<uuid:session_id>/progress/", SessionProgress.as_view(), name="scan_session_progress"),
    path("programme/", include("analytics.pages.programme.urls")),
    path("scans/<uuid:session_id>/review/", ReviewSession.as_view(), name="review_session"),
    path("scans/<uuid:session_id>/frames/<uuid:frame_id>.jpg", FrameImage.as_view(), name="review_frame"),
    path("review/", ReviewQueue.as_view(), name="review"),
    path("models/", ModelVersionList.as_view(), name="model_versions"),
    path("kpis/", KpiPage.as_view(), name="kpis"),
    path("kpis.csv", KpiFile.as_view(), name="kpis_file"),
    path("models/yield/", ModelYieldPage.as_view(), name="model_yield"),
    path("models/yield.csv", ModelYieldFile.as_view(), name="model_yield_file"),
    path("models/watch/", ModelWatchPage.as_view(), name="model_watch"),
    path("models/accuracy/", ModelAccuracyPage.as_view(), name="model_accuracy"),
    path("models/accuracy.csv", ModelAccuracyFile.as_view(), name="model_accuracy_file"),
    path("models/<uuid:version_id>/", ModelVersionPage.as_view(), name="model_version"),
    path("exports/", ExportsPage.as_view(), name="exports"),
    path("exports/file/", ExportFile.as_view(), name="export_file"),
    path("exports/<uuid:job_id>/file/", ExportJobFile.as_view(), name="export_job_file"),
    path("gallery/", GalleryPage.as_view(), name="gallery"),
    path("check/", CheckPage.as_view(), name="check"),
    path("check/rows/", CheckRows.as_view(), name="check_rows"),
    path("check/rows/<str:standard>/<str:row_id>/", CheckRow.as_view(), name="check_row"),
    path("check/child/", CheckChild.as_view(), name="check_child"),
    path("check/report/<str:standard>.csv", CheckReport.as_view(), name="check_report"),
]
