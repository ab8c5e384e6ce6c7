"""What administrators see, and nobody else."""

from django.contrib import admin
from django.core.paginator import Paginator
from django.utils.functional import cached_property


class CappedPaginator(Paginator):
    """Counts no further than anybody pages."""

    most = 10_000

    @cached_property
    def count(self):
        return self.object_list.order_by()[: self.most].count()


class ForAdministrators(admin.ModelAdmin):
    """Seen by administrators; rows come from and go to elsewhere."""

    paginator = CappedPaginator
    list_per_page = 50
    show_full_result_count = False
    view_on_site = False
    actions = None

    def has_module_permission(self, request):
        return request.user.is_authenticated and request.user.is_admin

    def has_view_permission(self, request, obj=None):
        return self.has_module_permission(request)

    def has_change_permission(self, request, obj=None):
        return False

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
