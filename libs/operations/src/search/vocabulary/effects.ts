/**
 * Which verbs say what an operation does to its object. An underscore joins the words of a phrase. `end` has the verbs that stop something or
 * take somebody out of it, which some APIs call a deletion and others a change. `act` has those that do something else.
 */
export const EFFECTS = {
  read: `analyze can_see check compare count did_it_work describe display download examine export fetch figure_out find_out get give_me have_a_look
how_big how_far how_full how_large how_long how_many how_much how_often inspect keep_an_eye let_me_know let_me_see look look_at look_up lookup monitor
peek query read retrieve see show tail tell_me view watch what when where who whose why`,
  many: `browse enumerate find list search which`,
  create: `add append ask_for book build come_up_with declare file_a lodge raise_a report_a request_a compose create draft generate give insert invite invent introduce launch make new open_a
order post provision put_a put_another put_up register schedule set_up sign_up spin_up start_a stand_up upload write`,
  remove: `clean_up clear delete destroy detach discard dispose drop empty erase evict get_rid_of purge remove take_away take_down take_off
take_out throw_away throw_out tear_down toss trash unassign unfollow unlink unpin unstar unsubscribe unmount unset wipe`,
  end: `abort archive ban block boot_out call_off cancel close cut_off deactivate decline deny disable disconnect dismiss end fire hang_up
hide kick kill leave log_out mute pause power_off put_away quit reject revoke shut_down stop suspend switch_off terminate throw turn_off void`,
  change: `adjust bigger smaller larger alter annotate assign change configure correct edit enlarge fix grow hand_over increase is_done lower make_it mark modify move patch
postpone push_back raise reduce rename reorder replace reschedule rescale reset resize rotate rewrite scale set shrink swap switch
transfer turn_down turn_up update upgrade`,
  act: `accept activate approve attach authorize bring bring_back buy charge commit confirm connect convert copy deploy dial duplicate enable
execute finalize follow fork forward get_back give_back go_back grant hand import install join let lock merge notify pay phone pin
play promote publish push react reboot record recover refund remind renew reply rerun restart restore resume retry roll_back rollback
run save send share shoot sign skip snooze star start store submit subscribe tell text trigger turn_on undo unarchive unblock unlock unmute warn`,
} as const
