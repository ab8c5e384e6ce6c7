"""Who may do what: every named address x every kind of person, for GET and for an empty POST.

Columns:  v visitor, not signed in              t author who teaches the course
          s stranger, enrolled nowhere          c colleague, an author of other courses
          l learner, enrolled in the course     a administrator
          o other learner, of another course    b blocked, was enrolled in the course

Answers:  . page (200)                          - does not exist (404)
          > goes on elsewhere (302)             x forbidden (403)
          L is asked to sign in (302)           m wrong method (405)
          f the form comes back (422)           ! conflict (409)
          n nothing new (204)                  b a bad request (400)

An address may stand several times, with what it leads to in brackets.
"""

from dataclasses import dataclass

from tests.addresses import PEOPLE, url_names

TABLE = """
# Pages, courses and lessons                    vslotcab  vslotcab
home                                            .......x  mmmmmmmx
dashboard                                       L......x  mmmmmmmx
person                                          .......x  mmmmmmmx
person [blocked person]                         .......x  mmmmmmmx
person [nobody]                                 -------x  mmmmmmmx
face                                            ........  mmmmmmmm
media                                           .......x  mmmmmmmx
healthz                                         ........  mmmmmmmm
readyz                                          ........  mmmmmmmm
search                                          >>>>>>>x  mmmmmmmx
my_learning                                     L......x  mmmmmmmx
catalogue                                       .......x  mmmmmmmx
course                                          .......x  mmmmmmmx
course [draft]                                  ----.-.x  mmmmmmmx
course [paid]                                   .......x  mmmmmmmx
enroll                                          mmmmmmmx  L>>>>>>x
enroll [draft]                                  mmmmmmmx  L------x
enroll [paid]                                   mmmmmmmx  L>>>>>>x
unenroll                                        L-.----x  L->----x
unenroll [draft]                                L------x  L------x
learn                                           L>>>>>>x  mmmmmmmx
learn [draft]                                   L--->->x  mmmmmmmx
course_progress                                 L-.----x  mmmmmmmx
course_progress [draft]                         L------x  mmmmmmmx
reset_progress                                  L-.----x  L-f----x
reset_progress [draft]                          L------x  L------x
lesson                                          >>.>.>.x  mmmmmmmx
lesson [draft]                                  ----.-.x  mmmmmmmx
lesson [preview]                                .......x  mmmmmmmx
lesson [hidden]                                 ----.-.x  mmmmmmmx
complete                                        mmmmmmmx  L->----x
complete [draft]                                mmmmmmmx  L------x
complete [preview]                              mmmmmmmx  L->----x
complete [hidden]                               mmmmmmmx  L------x
reopen                                          mmmmmmmx  L->----x
position                                        mmmmmmmx  L-f----x
position [draft]                                mmmmmmmx  L------x

# People and their accounts                     vslotcab  vslotcab
account_login                                   .>>>>>>x  f>>>>>>x
account_signup                                  .>>>>>>x  f>>>>>>x
account_logout                                  >......x  >>>>>>>x
account_email                                   L......x  L>>>>>>x
account_reauthenticate                          L......x  Lffffffx
account_change_password                         L......x  Lffffffx
account_set_password                            L>>>>>>x  L>>>>>>x
account_reset_password                          .......x  fffffffx
account_reset_password_done                     .......x  mmmmmmmx
account_reset_password_from_key_done            .......x  mmmmmmmx
account_reset_password_from_key                 .......x  .......x
end_session                                     Lmmmmmmx  L->----x
usersessions_list                               L......x  L>>>>>>x
account_inactive                                .......x  mmmmmmmx
account_email_verification_sent                 .......x  mmmmmmmx
account_confirm_login_code                      L>>>>>>x  L>>>>>>x
account_confirm_email                           .......x  -------x
profile                                         L......x  Lffffffx

# Discussions                                   vslotcab  vslotcab
course_discussion                               L>.>.>.x  L>f>f>fx
course_discussion [draft]                       L---.-.x  L---f-fx
course_discussion [paid]                        L>>>.>.x  L>>>f>fx
lesson_discussion                               L>.>.>.x  L>f>f>fx
lesson_discussion [draft]                       L---.-.x  L---f-fx
lesson_discussion [preview]                     L>.>.>.x  L>f>f>fx
lesson_discussion [hidden]                      L---.-.x  L---f-fx
discussion_csv                                  L---.-.x  mmmmmmmx
discussion_csv [draft]                          L---.-.x  mmmmmmmx
discussion_csv [paid]                           L---.-.x  mmmmmmmx
questions                                       L......x  mmmmmmmx
comment                                         L-.-.-.x  mmmmmmmx
comment [private]                               L---.-.x  mmmmmmmx
comment [hidden comment]                        L---.-.x  mmmmmmmx
comment [draft]                                 L---.-.x  mmmmmmmx
comment [my question]                           L-.-.-.x  mmmmmmmx
reply                                           L-.-.-.x  L-f-f-fx
reply [private]                                 L---.-.x  L---f-fx
reply [hidden comment]                          L---.-.x  L---f-fx
reply [draft]                                   L---.-.x  L---f-fx
reply [my question]                             L-.-.-.x  L-f-f-fx
edit_comment                                    L-.----x  L-f----x
edit_comment [instructor's]                     L---.--x  L---f--x
edit_comment [private]                          L------x  L------x
edit_comment [my question]                      L-.----x  L-f----x
edit_comment [draft]                            L---.--x  L---f--x
edit_comment [hidden comment]                   L------x  L------x
delete_comment                                  L-.----x  L->----x
delete_comment [instructor's]                   L---.--x  L--->--x
delete_comment [private]                        L------x  L------x
delete_comment [my question]                    L-.----x  L->----x
delete_comment [draft]                          L---.--x  L--->--x
delete_comment [hidden comment]                 L------x  L------x
vote                                            mmmmmmmx  L-f-f-fx
vote [private]                                  mmmmmmmx  L---f-fx
vote [hidden comment]                           mmmmmmmx  L---f-fx
vote [draft]                                    mmmmmmmx  L---f-fx
vote [instructor's]                             mmmmmmmx  L-f-f-fx
vote [my question]                              mmmmmmmx  L-f-f-fx
pin                                             mmmmmmmx  L---f-fx
pin [draft]                                     mmmmmmmx  L---f-fx
pin [hidden comment]                            mmmmmmmx  L---f-fx
pin [private]                                   mmmmmmmx  L---f-fx
answer                                          mmmmmmmx  L---f-fx
answer [private]                                mmmmmmmx  L---f-fx
answer [draft]                                  mmmmmmmx  L---f-fx
answer [hidden comment]                         mmmmmmmx  L---f-fx
answered                                        mmmmmmmx  L---f-fx
answered [private]                              mmmmmmmx  L---f-fx
answered [my question]                          mmmmmmmx  L---f-fx
answered [draft]                                mmmmmmmx  L---f-fx
lock                                            mmmmmmmx  L---f-fx
lock [private]                                  mmmmmmmx  L---f-fx
lock [my question]                              mmmmmmmx  L---f-fx
lock [hidden comment]                           mmmmmmmx  L---f-fx
lock [draft]                                    mmmmmmmx  L---f-fx

# Messages                                      vslotcab  vslotcab
messages                                        L......x  mmmmmmmx
conversation                                    L-.---.x  L-f---fx
conversation [correspondent]                    L---.-.x  L---f-fx
conversation [nobody]                           L------x  L------x
conversation [blocked person]                   L------x  L------x
new_messages                                    L-.---nx  mmmmmmmx
new_messages [correspondent]                    L---.-nx  mmmmmmmx
new_messages [blocked person]                   L------x  mmmmmmmx
new_messages [nobody]                           L------x  mmmmmmmx
mute                                            mmmmmmmx  L-f----x
mute [correspondent]                            mmmmmmmx  L---f--x
mute [nobody]                                   mmmmmmmx  L------x
block                                           mmmmmmmx  Lfff-ffx
block [correspondent]                           mmmmmmmx  Lf-ffffx
block [nobody]                                  mmmmmmmx  L------x

# The showcase                                  vslotcab  vslotcab
feed                                            L......x  mmmmmmmx
posts                                           L......x  mmmmmmmx
new_post                                        L......x  Lffffffx
post                                            .......x  Lffffffx
post [hidden post]                              ----.-.x  ----f-fx
edit_post                                       L---.--x  L---f--x
edit_post [hidden post]                         L---.--x  L---f--x
delete_post                                     L---.--x  L--->--x
delete_post [hidden post]                       L---.--x  L--->--x
like_post                                       mmmmmmmx  Lffffffx
like_post [hidden post]                         mmmmmmmx  Lffffffx
like_post_comment                               mmmmmmmx  Lffffffx
delete_post_comment                             L-.----x  L->----x
people                                          L......x  mmmmmmmx
follow                                          mmmmmmmx  Lffffffx
follow [nobody]                                 mmmmmmmx  L------x
follow [blocked person]                         mmmmmmmx  Lffffffx
followers                                       L......x  mmmmmmmx
followers [nobody]                              L------x  mmmmmmmx
followers [blocked person]                      L......x  mmmmmmmx
following                                       L......x  mmmmmmmx
following [blocked person]                      L......x  mmmmmmmx
following [nobody]                              L------x  mmmmmmmx
person_posts                                    .......x  mmmmmmmx
person_posts [blocked person]                   .......x  mmmmmmmx
person_posts [nobody]                           -------x  mmmmmmmx

# Reports and hiding                            vslotcab  vslotcab
report                                          L---.-.x  L---f-fx
report [instructor's]                           L-.---.x  L-f---fx
report [private]                                L---.-.x  L---f-fx
report [hidden comment]                         L---.-.x  L---f-fx
report [draft]                                  L-----.x  L-----fx
report [showcased]                              L...-..x  Lfff-ffx
report [remark]                                 L.-....x  Lf-ffffx
report [message]                                L-.----x  L-f----x
report [person]                                 L.-....x  Lf-ffffx
report [my question]                            L---.-.x  L---f-fx
hide                                            L---.-.x  L---f-fx
hide [instructor's]                             L-----.x  L-----fx
hide [private]                                  L---.-.x  L---f-fx
hide [hidden comment]                           L---.-.x  L---f-fx
hide [draft]                                    L-----.x  L-----fx
hide [showcased]                                L-----.x  L-----fx
hide [remark]                                   L-----.x  L-----fx
hide [my question]                              L---.-.x  L---f-fx
unhide                                          mmmmmmmx  L--->->x
unhide [private]                                mmmmmmmx  L--->->x
unhide [hidden comment]                         mmmmmmmx  L--->->x
unhide [showcased]                              mmmmmmmx  L----->x
unhide [remark]                                 mmmmmmmx  L----->x
unhide [draft]                                  mmmmmmmx  L----->x
unhide [my question]                            mmmmmmmx  L--->->x

# Notifications                                 vslotcab  vslotcab
notifications                                   L......x  mmmmmmmx
open_notification                               mmmmmmmx  L->----x
open_notification [private]                     mmmmmmmx  L--->--x
read_notifications                              mmmmmmmx  L>>>>>>x
notification_settings                           L......x  Lffffffx
unsubscribe                                     .......x  .......x
unsubscribe [forged]                            -------x  -------x

# Time and figures                              vslotcab  vslotcab
beats                                           mmmmmmmx  Lbbbbbbx
leaderboard                                     L>.>.>.x  mmmmmmmx
leaderboard [draft]                             L---.-.x  mmmmmmmx
leaderboard [paid]                              L>>>.>.x  mmmmmmmx
leaderboard [private leaderboard]               L---.-.x  mmmmmmmx
analytics                                       L---.-.x  mmmmmmmx
analytics [draft]                               L---.-.x  mmmmmmmx
analytics_csv                                   L---.-.x  mmmmmmmx
analytics_csv [draft]                           L---.-.x  mmmmmmmx
learners                                        L---.-.x  mmmmmmmx
learners [draft]                                L---.-.x  mmmmmmmx
learners_csv                                    L---.-.x  mmmmmmmx
learners_csv [draft]                            L---.-.x  mmmmmmmx
learner_story                                   L------x  mmmmmmmx
learner_story [correspondent]                   L---.-.x  mmmmmmmx
learner_story [draft's learner]                 L---.-.x  mmmmmmmx
learner_story [nobody]                          L------x  mmmmmmmx
learner_story_csv                               L------x  mmmmmmmx
learner_story_csv [correspondent]               L---.-.x  mmmmmmmx
learner_story_csv [draft's learner]             L---.-.x  mmmmmmmx

# The admin site                                vslotcab  vslotcab
admin:index                                     L--->>.x  L--->>.x
admin:login                                     L---LLLx  L---LLLx
admin:logout                                    >--->>>x  >--->>>x
admin:password_change                           L--->>>x  L--->>>x
admin:password_change_done                      L--->>>x  L--->>>x
admin:autocomplete                              L------x  L---mmmx
admin:jsi18n                                    L---...x  L---mmmx
admin:accounts_user_changelist                  L-----.x  L-----.x
admin:accounts_user_add                         L------x  L------x
admin:accounts_user_history                     L-----.x  L-----.x
admin:accounts_user_delete                      L------x  L------x
admin:accounts_user_change                      L-----.x  L-----.x
admin:accounts_auditlog_changelist              L-----.x  L-----mx
admin:accounts_auditlog_csv                     L-----.x  L-----mx
admin:courses_category_changelist               L-----.x  L-----.x
admin:courses_category_add                      L-----.x  L-----.x
admin:courses_category_history                  L-----.x  L-----.x
admin:courses_category_delete                   L-----.x  L-----.x
admin:courses_category_change                   L-----.x  L-----.x
admin:courses_course_changelist                 L---...x  L---...x
admin:courses_course_add                        L---...x  L---fffx
admin:preview_markdown                          L---mmmx  L---...x
admin:courses_course_change                     L---.-.x  L---f-fx
admin:courses_course_delete                     L---.-.x  L---!-!x
admin:courses_course_history                    L---.-.x  L---mmmx
admin:upload_picture                            L---mmmx  L---f-fx
admin:course_publishing                         L---.-.x  L---mmmx
admin:publish_course                            L---mmmx  L--->->x
admin:unpublish_course                          L---mmmx  L--->->x
admin:course_outline                            L---.-.x  L---mmmx
admin:arrange_outline                           L---mmmx  L---f-fx
admin:add_section                               L---mmmx  L---f-fx
admin:rename_section                            L---.-.x  L---f-fx
admin:delete_section                            L---mmmx  L---!-!x
admin:move_section                              L---mmmx  L---f-fx
admin:reuse_lesson                              L---.-.x  L---f-fx
admin:add_lesson                                L---.-.x  L---f-fx
admin:edit_lesson                               L---.-.x  L---f-fx
admin:preview_lesson                            L---mmmx  L---.-.x
admin:move_lesson                               L---mmmx  L---f-fx
admin:mark_lesson                               L---mmmx  L--->->x
admin:duplicate_lesson                          L---mmmx  L---f-fx
admin:remove_lesson                             L---.-.x  L--->->x
admin:lesson_revisions                          L---.-.x  L---mmmx
admin:lesson_revision                           L---.-.x  L---mmmx
admin:restore_revision                          L---mmmx  L---f-fx
admin:courses_enrollment_changelist             L-----.x  L-----.x
admin:courses_enrollment_add                    L-----.x  L-----fx
admin:discussions_report_changelist             L---...x  L---mmmx
admin:reported                                  L---.-.x  L---f-fx
admin:reported [showcased]                      L-----.x  L-----fx
admin:reported [private]                        L------x  L------x
admin:reported [my question]                    L------x  L------x
admin:dismiss_reports                           L---mmmx  L--->->x
admin:dismiss_reports [showcased]               L---mmmx  L----->x
admin:dismiss_reports [private]                 L---mmmx  L------x
admin:uphold_reports                            L---mmmx  L--->->x
admin:uphold_reports [private]                  L---mmmx  L------x
admin:uphold_reports [showcased]                L---mmmx  L----->x
admin:show_reported_again                       L---mmmx  L--->->x
admin:show_reported_again [private]             L---mmmx  L------x
admin:show_reported_again [showcased]           L---mmmx  L----->x
admin:procrastinate_procrastinatejob_changelist L-----.x  L-----.x
admin:procrastinate_procrastinatejob_add        L------x  L------x
admin:procrastinate_procrastinatejob_history    L-----.x  L-----.x
admin:procrastinate_procrastinatejob_delete     L------x  L------x
admin:procrastinate_procrastinatejob_change     L-----.x  L------x
admin:app_list                                  L---...x  L---...x

# Reports                                       vslotcab  vslotcab
reports                                         L-----.x  mmmmmmmx
report_growth_csv                               L-----.x  mmmmmmmx
report_enrollments                              L-----.x  mmmmmmmx
report_enrollments_csv                          L-----.x  mmmmmmmx
report_progress                                 L-----.x  mmmmmmmx
report_progress_csv                             L------x  mmmmmmmx
report_lessons                                  L-----.x  mmmmmmmx
report_lessons_csv                              L-----.x  mmmmmmmx
report_courses                                  L-----.x  mmmmmmmx
report_courses_csv                              L-----.x  mmmmmmmx
report_categories                               L-----.x  mmmmmmmx
report_categories_csv                           L-----.x  mmmmmmmx
report_learners                                 L-----.x  mmmmmmmx
report_learners_csv                             L-----.x  mmmmmmmx
report_activity                                 L-----.x  mmmmmmmx
report_activity_csv                             L-----.x  mmmmmmmx
person_story                                    L-----.x  mmmmmmmx
person_story [nobody]                           L------x  mmmmmmmx
person_story [blocked person]                   L-----.x  mmmmmmmx
"""
ANSWERS = {200: ".", 204: "n", 400: "b", 403: "x", 404: "-", 405: "m", 409: "!", 422: "f"}


@dataclass(frozen=True)
class Row:
    name: str
    what: str
    get: str
    post: str

    def __str__(self):
        label = f"{self.name} [{self.what}]" if self.what else self.name
        return f"{label:<48}{self.get}  {self.post}"


def rows():
    for line in TABLE.strip().splitlines():
        if line.strip() and not line.startswith("#"):
            label, get, post = line.rsplit(maxsplit=2)
            name, _, what = label.partition(" [")
            yield Row(name.strip(), what.rstrip("] "), get, post)


def answer(world, person, method, url):
    response = world.ask(person, method, url)
    if response.status_code in (301, 302):
        return "L" if response.url.startswith(("/accounts/login/", "/admin/login/")) else ">"
    return ANSWERS.get(response.status_code, f"({response.status_code})")


def answers(world, row):
    url = world.url(row.name, row.what)
    got = ["".join(answer(world, person, method, url) for person in PEOPLE) for method in ("GET", "POST")]
    return Row(row.name, row.what, *got)


def test_every_address_stands_in_the_table():
    assert set(url_names()) == {row.name for row in rows()}


def test_everybody_gets_what_the_table_says_and_nothing_else(world):
    wrong = [f"  is {got}\nnot {row}" for row in rows() if (got := answers(world, row)) != row]
    assert not wrong, "\n" + "\n".join(wrong)


def test_no_address_takes_a_post_without_its_token(world, admin, sign_in):
    careful = sign_in(admin)
    careful.handler.enforce_csrf_checks = True
    taken = [name for name in set(url_names()) if careful.post(world.url(name)).status_code != 403]
    # Mail programs send this one without ever having had a page of ours (RFC 8058); its address is signed instead.
    assert taken == ["unsubscribe"]
